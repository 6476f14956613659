"""The fields of a request, as https://ai.google.dev/api/generate-content lists them.

A message is a table of its fields; a list has the kind of its entries; a word names the type. What
the local service never looks into may hold anything. Vertex AI's own fields are among them.
"""

from collections.abc import Mapping
from typing import Any

ANYTHING = ""
TEXT, NUMBER, WHOLE, FLAG = "TYPE_STRING", "TYPE_DOUBLE", "TYPE_INT64", "TYPE_BOOL"
OBJECT = "TYPE_MESSAGE"

_BLOB = {"mimeType": TEXT, "data": TEXT, "displayName": TEXT}
_FILE = {"mimeType": TEXT, "fileUri": TEXT, "displayName": TEXT}
_PART = {
    **dict.fromkeys(("functionCall", "functionResponse", "executableCode"), ANYTHING),
    **dict.fromkeys(("codeExecutionResult", "videoMetadata", "toolCall"), ANYTHING),
    **dict.fromkeys(("toolResponse", "partMetadata", "thoughtSignature"), ANYTHING),
    **dict.fromkeys(("audioMetadata", "documentMetadata", "speechMetadata"), ANYTHING),
    **dict.fromkeys(("spreadsheetMetadata", "mediaProcessing", "audioTranscription"), ANYTHING),
    "text": TEXT,
    "thought": FLAG,
    "inlineData": _BLOB,
    "fileData": _FILE,
    "mediaResolution": {"level": TEXT, "numTokens": WHOLE},
}
_CONTENT = {"parts": [_PART], "role": TEXT}
_THINKING = {"includeThoughts": FLAG, "thinkingBudget": WHOLE, "thinkingLevel": TEXT}
CONFIG: Mapping[str, Any] = {
    **dict.fromkeys(("responseSchema", "responseJsonSchema", "_responseJsonSchema"), OBJECT),
    **dict.fromkeys(("stopSequences", "responseModalities", "speechConfig"), ANYTHING),
    **dict.fromkeys(("imageConfig", "responseFormat", "routingConfig"), ANYTHING),
    **dict.fromkeys(("modelSelectionConfig", "modelConfig", "translationConfig"), ANYTHING),
    "audioTranscriptionConfig": ANYTHING,
    **dict.fromkeys(("temperature", "topP", "topK", "presencePenalty"), NUMBER),
    "frequencyPenalty": NUMBER,
    **dict.fromkeys(("candidateCount", "maxOutputTokens", "seed", "logprobs"), WHOLE),
    **dict.fromkeys(("responseLogprobs", "enableEnhancedCivicAnswers"), FLAG),
    **dict.fromkeys(("audioTimestamp", "enableAffectiveDialog"), FLAG),
    "responseMimeType": TEXT,
    "mediaResolution": TEXT,
    "thinkingConfig": _THINKING,
}
REQUEST: Mapping[str, Any] = {
    **dict.fromkeys(("tools", "toolConfig", "labels", "modelArmorConfig"), ANYTHING),
    **dict.fromkeys(("model", "cachedContent", "serviceTier"), TEXT),
    "store": FLAG,
    "contents": [_CONTENT],
    "systemInstruction": _CONTENT,
    "safetySettings": [{"category": TEXT, "threshold": TEXT, "method": TEXT}],
    "generationConfig": CONFIG,
}
COUNT: Mapping[str, Any] = {**REQUEST, "instances": ANYTHING, "generateContentRequest": REQUEST}
UPLOAD: Mapping[str, Any] = {
    "file": {
        **dict.fromkeys(("name", "displayName", "mimeType"), TEXT),
        **dict.fromkeys(("sizeBytes", "createTime", "updateTime", "expirationTime"), ANYTHING),
        **dict.fromkeys(("sha256Hash", "uri", "state", "source", "error"), ANYTHING),
        **dict.fromkeys(("videoMetadata", "downloadUri"), ANYTHING),
    }
}
