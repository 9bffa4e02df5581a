"""**Pure.** CustomGPT.ai, behind the port `Agents`: only this package says "project" and "session".

`wire.py`, `miss.py`, `stream.py` read their JSON, refusals and streams; `connection.py` reaches them and
`client.py` talks; `retry.py` says what is asked again; `conversations.py` and `citations.py` keep what was
opened and looked up; `agents.py` fills the port.
"""
