"""Words of HTTP/1 messages, ordinary and odd, by the place where they stand."""

from __future__ import annotations

from typing import Final

Words = tuple[bytes, ...]

METHODS: Final[Words] = (
    *(b"GET", b"POST", b"PUT", b"HEAD", b"OPTIONS", b"DELETE", b"PATCH", b"TRACE", b"CONNECT"),
    *(b"M-SEARCH", b"PROPFIND"),
)
ODD_METHODS: Final[Words] = (
    *(b"get", b"G", b"", b"GE T", b"GET:", b"(GET)", b"G\0T", b"\xc4\xb0", b"GET\t", b" GET"),
    *(b"G@T",),
    *(b"G[T", b"POS\xc5\xa4", b'"GET"', b"GET\x0b", b"\x85GET", b"PRI", b"A" * 30, b"G\xdf", b"G;"),
)
BLANKS: Final[Words] = (b"  ", b"\t", b"\x0b", b"\x0c", b"\xa0", b"\r", b"", b" \t", b"\0")
TARGETS: Final[Words] = (
    *(b"/", b"/a/b?c=d&e", b"/%7Euser", b"*", b"http://example.com/x?y", b"example.com:443"),
    *(b"/a;b=c", b"//a/b", b"/?", b"https://a:8080", b"/a%2fb"),
)
ODD_TARGETS: Final[Words] = (
    *(b"/a b", b"/\0", b"/\xff", b"/a#f", b"", b"http://[", b"http://a:b/", b"x:", b"/a\tb"),
    *(b"/\x7f", b"https://[::1]:99999/", b"http://[::1", b"http:///x", b"a", b"?a", b"#"),
    *(b"/a\x0bb",),
    *(b"http://a\\b/", b"/\xc3\xa9", b"http://@:0", b"http://\xe2\x84\xab/", b"//[", b"/\\", b"/%"),
    *(b"http://a]/", b"//\xef\xbc\xa1", b"://", b"http://a:99999999/", b"/a\x85b"),
)
VERSIONS: Final[Words] = (b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0")
ODD_VERSIONS: Final[Words] = (
    *(b"http/1.1", b"HTTP/1.10", b"HTTP/01.1", b"HTTP/2.0", b"HTTP/1.1 ", b"HTTP/1.\xd9\xa1"),
    *(b"HTTP/1,1", b"HTTP/-1.1", b"HTTP/1.+1", b"HTTP/1", b"HTTP/1.1\x0b", b"HTTP/0.9"),
    *(b"HTTP/1.2",),
    *(b"", b"HTTP/1.", b"HTTP/.1", b"HTTP/1_0.1", b"HTTP/ 1.1", b"HTTPS/1.1", b"HTTP/1.1.1"),
    *(b"1.1",),
    *(b"HTTP/1.\xb2", b"HTTP/1.1\0", b"XHTTP/1.1", b"HTTP/1.1x", b"HTTP/3.7", b"HTTP/11.1"),
)
STATUSES: Final[Words] = (
    *(b"200", b"204", b"304", b"100", b"101", b"103", b"404", b"500", b"201", b"206", b"301"),
    *(b"599",),
)
ODD_STATUSES: Final[Words] = (
    *(b"+20", b"2_0", b"20", b"0200", b"-20", b"2 0", b"20\xb2", b"\xd9\xa2\xd9\xa0\xd9\xa0", b""),
    *(b"20x", b"2.0", b"0x2", b" 200", b"200\t", b"200\x0b", b"000", b"999", b"1000", b"\xa020"),
)
REASONS: Final[Words] = (b"OK", b"", b"Not Found", b"a\tb", b"caf\xe9", b"\0", b"a\rb", b" x ")
NAMES: Final[Words] = (
    *(b"Host", b"Accept", b"Connection", b"Cookie", b"Content-Type", b"User-Agent", b"X-A", b"TE"),
    *(b"Trailer", b"Expect", b"Upgrade", b"Range", b"Date", b"Set-Cookie", b"Via"),
    *(b"X-Forwarded-For",),
    *(b"Content-Encoding", b"ETag", b"Accept-Encoding", b"x!#$%&'*+-.^`|~9", b"Server"),
)
ODD_NAMES: Final[Words] = (
    *(b"", b" ", b"X A", b"X\0", b"\xdfost", b"(X)", b"X\t", b"X ", b" X", b"\tX", b"X\r"),
    *(b"X\x0b",),
    *(b"Content_Length", b"Transfer_Encoding", b"X[", b'"X"', b"X/", b"X@", b"X\x7f", b"X=", b"X,"),
    *(b"\xc4\xb0", b"X\xa0", b"X\x85", b"{X}", b"<X>", b"\\", b"X;", b"Content-Length\xa0", b"X?"),
    *(b"Transfer-Encoding ", b"Content-Length\t", b"Transfer-Encod\xc4\xb1ng", b"\xef\xbb\xbfHost"),
)
VALUES: Final[Words] = (
    *(b"a", b"", b"example.com", b"a, b", b'"q\\"s"', b"keep-alive", b"close", b"Upgrade"),
    *(b"websocket",),
    *(b"text/plain; charset=utf-8", b"a=b; c=d", b"100-continue", b"h2c", b"gzip", b"X-A", b"1"),
    *(b":",),
    *(b"multipart/form-data; boundary=x", b"a  b", b"a\tb", b"trailers", b"bytes=0-1", b"[::1]:80"),
)
ODD_VALUES: Final[Words] = (
    *(b"\0", b"a\0b", b"a\rb", b"a\nb", b"\x0b", b"a\x0bb", b"\xff\xfe", b"\xc3\xa9", b"a\r\n b"),
    *(b"\r",),
    *(b"a\r\n\tb", b"a\r\n b\r\n c", b"\x7f", b"\x01", b"a\n b", b"\x85a", b"a\xa0", b"\r\n "),
    *(b"a\x1fb",),
    *(b"a\r\r", b"a\r\nX: y", b"a\nX: y", b"a\rX: y", b"\x0ca", b"a\x00", b"close, a"),
    *(b"\r\n \r\n x",),
)
LENGTHS: Final[Words] = (
    *(b"0%d", b"+%d", b"-%d", b"%d_0", b" %d ", b"%d,%d", b"%d, %d", b"0x%d", b"%d.0", b"%d\x0b"),
    *(b"\xb2", b"\xd9\xa3", b"", b"%de0", b"\xa0%d", b"%d;", b"999999999999999999999", b"\t%d"),
    *(b"0_%d", b"%d,", b",%d", b"%d,9", b"%d 0", b"%d\0", b'"%d"', b"%d\x85"),
    *(b"00000000000000000%d",),
    *(b"%d\r\n ", b"\r\n %d", b"1%d", b"-0", b"+0", b"a", b"%d\x1f", b"\xef\xbc\x93", b"%d\xb2"),
)
CODINGS: Final[Words] = (
    *(b"Chunked", b"CHUNKED", b" chunked ", b"\x0bchunked", b"chunked\x0b", b"\x85chunked"),
    *(b"chunked,",),
    *(b",chunked", b"chunked, chunked", b"identity", b"identity, chunked", b"chunked, identity"),
    *(b"",),
    *(b"gzip, chunked", b"chunked, gzip", b"xchunked", b"chunkedx", b"chunk"),
    *(b"chun\xe2\x84\xaaed",),
    *(b'"chunked"', b"chunked;a=b", b"gzip", b"x", b"chunked\0", b"\tchunked", b"gzip,chunked"),
    *(b"chunked\r\n ", b"\r\n chunked", b"x, chunked", b"chunked x", b"x chunked", b"chunked,,"),
    *(b"deflate, gzip, chunked", b"chunked\xa0", b"chu nked", b"\x00chunked", b"c\xc4\xa5unked"),
    *(b"[chunked]", b"chunked/1", b"nochunked", b"chunked, x", b"identity, identity"),
    *(b"\x1fchunked",),
)
SIZES: Final[Words] = (
    *(b"0%x", b"+%x", b"-%x", b"0x%x", b"%x_0", b"%x ", b"%x\t", b" %x", b"\x0b%x", b"%xg", b""),
    *(b"_%x",),
    *(b"\xd9\xa3", b"%x\r", b"%x\0", b"0_%x", b"%x.0", b"%x\x0b", b"\xb2", b"\t%x", b"%x\x85"),
    *(b"%x,",),
    *(b"00000000000000000000%x", b"fffffffffffffffff", b"-0", b"%x\xa0", b"0X%x", b"%x x"),
    *(b"\xa0%x",),
    *(b"%x\n", b"\n%x", b"\r\n%x", b"%x\r\n", b"%xh", b"0b%x", b"0o%x", b"%x\x00;", b"+0", b"%x:"),
)
EXTENSIONS: Final[Words] = (
    *(b";a", b";a=b", b';a="q"', b';a="q;\\"x"', b"; a = b", b" ;a", b";a;b=c", b";a=b;c", b";"),
    *(b";;",),
    *(b";a=\n", b";a\rb", b";\0", b";a=\r", b"\n;a", b';a="\r\n"', b';a="', b";a=b\n", b";="),
    *(b";(a)",),
    *(b";a\nGET /x HTTP/1.1", b";\xff", b";a=\x0b", b" ; a", b"\t;a", b";a=b ", b";a b"),
    *(b'; a = "b" ',),
)
CHUNK_ENDS: Final[Words] = (
    *(b"", b"\n", b"\r", b"XX", b"X\r\n", b"\r\r\n", b"\n\r\n", b"\r\nX", b"X", b"\n\n", b"\rX"),
    *(b"X\n",),
    *(b"\r\n\r\n", b"\0\0", b"\n\r", b" \r\n", b";\r\n", b"00", b"XXX", b"\r\n\n"),
)
LAST_CHUNKS: Final[Words] = (
    *(b"00", b"000;a", b"-0", b"0x0", b"+0", b"0_0", b"0 ", b"0;a=b", b"", b"0\x0b", b" 0", b"0\r"),
    *(b"0g",),
)
TRAILERS: Final[Words] = (
    *(b"X: y", b"Content-Length: 5", b"X", b": a", b" X: y", b"\0: a", b"X : y", b"Host: b"),
    *(b"X: \0",),
    *(b"Transfer-Encoding: chunked", b"X: a\rb", b"X:y\r\n z", b"X: a\nb: c", b"a b: c", b"X:"),
    *(b"\tX",),
    *(b"X: y\r\nZ: w", b"GET /x HTTP/1.1", b"Trailer: X", b"X: \xff", b"\xff: a", b"X: \x0b"),
)
LINE_ENDS: Final[Words] = (b"\n", b"\r", b"\r\r\n", b"\n\r", b"", b" \r\n", b"\0\r\n", b"\x0b\r\n")
HEAD_ENDS: Final[Words] = (
    b"\n",
    b"\r",
    b"",
    b"\r\r\n",
    b" \r\n",
    b"\x00\r\n",
    b"\n\r\n",
    b"\t\r\n",
)
NEXT: Final[Words] = (b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n", b"HTTP/1.1 204 No\r\n\r\n")
EVERYTHING: Final[Words] = (
    *(b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b";", b",", b"=", b'"', b"\\", b"\0", b"\x0b"),
    *(b"\xff",),
    *(b"0\r\n\r\n", b"1\r\na\r\n", b"\r\n\r\n", b"Host: a\r\n", b"Content-Length: 0\r\n", b"_"),
    *(b"+",),
    *(b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n", b"HTTP/1.1", b"GET", b"-"),
    *(b"0x",),
)
