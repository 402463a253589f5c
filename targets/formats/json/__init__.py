"""JSON: a strict reader of RFC 8259, and the parsers json, orjson, ujson, simplejson, rapidjson."""
