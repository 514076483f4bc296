"""The proxy in front of the Hub: configurable-http-proxy in Python, so that no Node.js is needed.

It forwards every request with one Tornado client, which by default handles ten at a time: too few
for a class whose servers start together.
"""

from configurable_http_proxy.cli import main
from tornado.httpclient import AsyncHTTPClient

REQUESTS_AT_A_TIME = 1000

if __name__ == "__main__":
    AsyncHTTPClient.configure(None, max_clients=REQUESTS_AT_A_TIME)
    main()
