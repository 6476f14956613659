"""HTTP: the page."""

import flask
import functions_framework

from shared import page


@functions_framework.http
def gallery(request: flask.Request) -> flask.Response:
    """The page at /, a result's files at /file?name=..."""
    if request.path == "/file":
        return page.file(request.args.get("name", ""))
    return page.show()
