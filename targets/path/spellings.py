"""The words of the grammar: ways to write a path, names worth asking for, and header values."""

from __future__ import annotations

from typing import Final

PREFIXES: Final = (
    *(b"/static", b"/follow", b"/list", b"/both", b"/html", b"/send", b"/down", b"/match"),
    *(b"", b"/blue/static", b"/also", b"/page", b"/file"),
)
"""Where servers mount a root; empty: the whole tree is one."""
DOTS: Final = (
    *(b"..", b"%2e%2e", b"%2E%2E", b".%2e", b"%2e.", b"%252e%252e", b"..;", b"..%3b", b"..%00"),
    *(b"%c0%ae%c0%ae", b"%ef%bc%8e%ef%bc%8e", b"\xef\xbc\x8e\xef\xbc\x8e", b"..%20", b"..."),
    *(b"....", b"..\\", b"%uff0e%uff0e", b"..%0a", b"%e0%80%ae%e0%80%ae", b".\\..", b"..%5c.."),
)
"""Ways to write two dots, and what some take for it."""
SEPARATORS: Final = (
    *(b"/", b"%2f", b"%2F", b"\\", b"%5c", b"%5C", b"//", b"/./", b"%252f", b"%c0%af", b"%2f%2f"),
    *(b"/%2e/", b"%ef%bc%8f", b"%e2%88%95", b"/;/", b"\\/", b"/%00/", b"%25%32%66", b"%255c"),
)
"""Ways to write a slash, and what some take for it."""
OUTSIDE: Final = (
    *(b"secret.txt", b"www_private/secret.txt", b"pub_private/secret.txt", b"secret", b"secret/"),
    *(b"secret/secret.txt", b"www_private", b"www_private/", b"pub_private/", b"www/hello.txt"),
    *(b"pub/hello.txt", b"beyond/note.txt", b"www/docs", b"secret.txt/../www/hello.txt"),
    *(b"sites/a.example/who.txt", b"", b"etc/passwd"),
)
"""What lies beside the roots."""
BACK: Final = (
    *(b"www/docs", b"pub/docs", b"www/hello.txt", b"pub/hello.txt", b"www", b"pub"),
    *(b"www/bare", b"pub/bare"),
)
"""The way back into a root from above it."""
DIRECTORIES: Final = (
    *(b"docs", b"bare", b"names", b"docs/deep", b"link-docs", b"odd", b"link-dir"),
    *(b"names/per%2541%20dir", b"names/what%3F", b"names/%3Cimg%20src=x%3E"),
)
"""Directories in the roots."""
INSIDE: Final = (
    *(
        b"hello.txt",
        b"hello.txt/x",
        b"index.html",
        b"docs",
        b"docs/",
        b"docs/guide.txt",
        b"docs/deep/page.html",
    ),
    *(b"", b"empty.txt", b"one.txt", b"data.json", b"style.css", b"packed.txt", b"big.bin"),
    *(b"bare", b"bare/", b"bare/inside.txt", b"a..b.txt", b"with%20space.txt", b"100%25.txt"),
    *(b"%C3%BCn%C3%AF.txt", b"per%2541.txt", b"semi%3Bcolon.txt", b"plus+and%26.txt"),
    *(b"UPPER.TXT", b"upper.txt", b"...", b".env", b".git/config", b"docs/.notes.txt"),
    *(b"vendor/lib.txt", b"wp-config.php", b"uploads/e.php", b"uploads/picture.png", b"app.php"),
    *(b"lib/tool.php", b"lib/OLD.PHP", b"index.php", b"link-file.txt", b"link-dir/"),
    *(b"link-dir/note.txt", b"link-in.txt", b"link-docs/guide.txt", b"link-vendor/lib.txt"),
    *(b"link-env.txt", b"link-sibling/secret.txt", b"packed.txt.gz", b"names/", b"names", b"odd/"),
    *(b"odd/dangling", b"odd/loop", b"odd/socket", b"who.txt", b"neighbour.txt"),
    *(
        b"neighbour.php",
        b"missing",
        b"missing/",
        b"docs/missing.html",
        b"names/%3Cimg%20src=x%3E.txt",
    ),
    *(b"names/per%2541%20dir", b"names/what%3F/", b"names/%3Cimg%20src=x%3E/", b"404.html"),
    *(b"names/quote%22%27%26.txt", b"names/java:script.txt", b"names/100%2541.txt"),
    *(b"names/query%3F.txt", b"names/hash%23.txt", b"odd/bytes%ff.txt", b"hello.txt/", b"docs//"),
    *(b"_farm/health", b".well-known/acme-challenge/token-1", b"a" * 256, b"link-dir"),
)
"""What the roots hold, as a client writes it."""
HOSTED: Final = (b"who.txt", b"neighbour.php", b"neighbour.txt", b"index.php", b"", b"missing")
"""Files of a host that has a directory of its own."""
ENCODED: Final = (b"packed.txt", b"style.css", b"packed.txt.gz", b"style.css.gz")
"""Files that have an encoded twin beside them."""
ABSOLUTE: Final = (
    *(b"{base}", b"{base%}", b"/{base}", b"%2f{base}", b"/etc/passwd", b"file://{base}"),
    *(b"C:{base}", b"c:/windows/win.ini", b"\\\\host\\share", b"//host/share", b"{base}/."),
)
"""Places that a careless join takes instead of the root."""
ODDITIES: Final = (
    *(b"%00", b"%0d%0aX-Canary:1", b"%0a", b"%", b"%2", b"%zz", b"%u0041", b"%ff", b"\xff", b"\0"),
    *(
        b";",
        b";x=1",
        b";/",
        b"?",
        b"#",
        b"%23",
        b"%3f",
        b"%20",
        b"%09",
        b"+",
        b"~",
        b"*",
        b":",
        b"@",
    ),
    *(b"<x-canary>", b"%3Cx-canary%3E", b"%22x-canary=%22", b'"x-canary="', b"[", b"%5b", b"[::"),
    *(b".", b"/", b"//", b"/.", b"/..", b"%2f", b"\\", b"::$DATA", b".html", b".gz", b"%C2%85"),
    *(
        b"%ed%a0%80",
        b"%f0%9f%92%a9",
        b"\r",
        b"\t",
        b"|",
        b"^",
        b"`",
        b"{",
        b"}",
        b"%7f",
        b"%ef%bb%bf",
    ),
    *(b"{{7*7}}", b"${x}", b"%s", b"%(x)s", b"{0}", b"\\u0000", b"con", b"NUL.txt", b"%E2%80%AE"),
)
"""Bytes that parsers stumble over."""
HOSTILE: Final = (
    *(b"//evil.example", b"/\\evil.example", b"///evil.example", b"/%2fevil.example"),
    *(b"/%5cevil.example", b"\\\\evil.example", b"//evil.example:80", b"//evil.example@localhost"),
    *(b"/.//evil.example", b"/;//evil.example", b"/%09/evil.example", b"/%0d//evil.example"),
    *(b"//evil.example%2f..", b"//evil.example/..", b"//evil.example/%2e%2e", b"javascript:x"),
)
"""Beginnings of paths that become addresses of other hosts."""
WHOLE: Final = (
    *(b"*", b"/", b"", b"//", b"/.", b"/..", b"..", b"static/hello.txt", b"?", b"/?", b"#", b"/#"),
    *(b"localhost:80", b"evil.example:443", b"http://localhost/static/hello.txt", b"http://"),
    *(b"http://localhost", b"https://evil.example/static/docs", b"HTTP://localhost/static/docs"),
    *(b"http:///static/hello.txt", b"http://[::1/static", b"http://[/", b"file:///etc/passwd"),
    *(
        b"http://a:b/static",
        b"//",
        b"///",
        b"/" * 40,
        b"/static?",
        b"/static/?",
        b"/static",
        b"/page",
    ),
    *(b"/static;x/hello.txt", b"/%73tatic/hello.txt", b"/STATIC/hello.txt", b"/static%2fhello.txt"),
)
"""Targets as a whole."""
QUERIES: Final = (
    *(b"", b"x=1", b"v=1", b"v", b"<x-canary>", b'"x-canary="', b"%0d%0aX-Canary:1", b"a=%zz"),
    *(
        b"%3Cx-canary%3E",
        b"//evil.example",
        b"/../secret.txt",
        b"?",
        b"&&",
        b"x=%00",
        b"x=%ff",
        b"\xff",
    ),
    *(b"'\"><x-canary>", b"next=//evil.example", b"a=1&a=2", b"=", b"x[]=1", b"v=../../secret.txt"),
)
METHODS: Final = (
    *(b"GET", b"HEAD", b"OPTIONS", b"POST", b"PUT", b"DELETE", b"PATCH", b"TRACE", b"CONNECT"),
    *(b"PROPFIND", b"QUERY", b"G"),
)
SINCE: Final = (
    *(b"Mon, 01 Jan 2024 00:00:00 GMT", b"Sun, 31 Dec 2023 23:59:59 GMT"),
    *(b"Tue, 02 Jan 2024 00:00:00 GMT", b"Thu, 01 Jan 1970 00:00:00 GMT"),
)
"""When the files were changed, and before and after it."""
TAGS: Final = (
    *(b"{etag}", b"W/{etag}", b'"x"', b'W/"x"', b'"x", {etag}', b'{etag}, "x"', b"*"),
    *(b'"x", W/{etag}', b'"x","y"', b'"a,b", {etag}', b'W/"a", "b"'),
)
"""Entity tags; the file's own among them."""
SPANS: Final = (
    *(
        b"0-0",
        b"0-4",
        b"0-",
        b"5-9",
        b"31-",
        b"32-",
        b"-1",
        b"-5",
        b"-32",
        b"-33",
        b"-99999",
        b"-0",
    ),
    *(b"0-99999", b"9-5", b"10239-", b"10240-", b"2-2", b"10-12", b"20-30", b"9-9", b"99999-"),
)
"""Ranges inside the files, around their ends, and outside."""
DATES: Final = (
    *(b"Mon, 01 Jan 2024 00:00:00 GMT", b"Sun, 31 Dec 2023 23:59:59 GMT"),
    *(
        b"Tue, 02 Jan 2024 00:00:00 GMT",
        b"Mon, 01-Jan-24 00:00:00 GMT",
        b"Mon Jan  1 00:00:00 2024",
    ),
    *(b"Thu, 01 Jan 1970 00:00:00 GMT", b"Wed, 31 Feb 2024 00:00:00 GMT", b"0", b"-1", b"now", b""),
    *(
        b"Mon, 01 Jan 2024 25:00:00 GMT",
        b"Mon, 01 Jan 2024 00:00:00 +9999",
        b"Fri, 31 Dec 9999 23:59:59 GMT",
    ),
    *(
        b"Mon, 00 Jan 2024 00:00:00 GMT",
        b"Mon, 01 Jan 0000 00:00:00 GMT",
        b"Mon, 01 Jan 99999 00:00:00 GMT",
    ),
    *(
        b"Mon, 01 Jan 2024",
        b"Mon, 01 Jan 2024 00:00:60 GMT",
        b"Mon, 01 Jan 2024 00:00:00",
        b"1704067200",
    ),
    *(
        b"Mon, 01 Jan 2024 00:00:00 -0001",
        b"Sat, 01 Jan 2124 00:00:00 GMT",
        b"Mon, 01 Foo 2024 00:00:00 GMT",
    ),
    *(
        b"Mon, 01 Jan 1 00:00:00 GMT",
        b"Mon, 01 Jan 2024 00:00:00 +99999999999",
        b"; length=1",
        b"\xff",
    ),
)
ETAGS: Final = (
    *(
        b"*",
        b'""',
        b'"x"',
        b'W/"x"',
        b"x",
        b'"',
        b"W/",
        b'w/"x"',
        b'"x", "y"',
        b'"x"y',
        b",",
        b"",
        b'"x",',
    ),
    *(b'"a"' + b',"a"' * 40, b"\xff", b'"\xff"', b'"x" "y"', b"W/x", b'"*"', b"*,*", b'"x\\"y"'),
)
NUMBERS: Final = (
    *(
        b"0",
        b"1",
        b"2",
        b"5",
        b"9",
        b"31",
        b"32",
        b"33",
        b"439",
        b"440",
        b"10239",
        b"10240",
        b"99999",
    ),
    *(b"", b"-1", b"00", b"+1", b" 1", b"1 ", b"a", b"1.5", b"0x1", b"1_0", b"\xb2", b"\xd9\xa1"),
    *(b"9223372036854775807", b"18446744073709551616", b"9" * 40, b"-0", b"1e3"),
)
UNITS: Final = (
    b"bytes=",
    b"bytes =",
    b"Bytes=",
    b"BYTES=",
    b"items=",
    b"bytes",
    b"=",
    b"",
    b"bytes:",
)
CODINGS: Final = (
    *(
        b"gzip",
        b"br",
        b"gzip, br",
        b"gzip;q=0",
        b"br;q=0",
        b"*",
        b"*;q=0",
        b"identity;q=0",
        b"deflate",
    ),
    *(
        b"gzip;q=0, br;q=0",
        b"gzip;q=x",
        b"gzip;q=",
        b";",
        b",",
        b"gzip;q=1.5",
        b"zstd",
        b"gzip, *;q=0",
    ),
    *(b"GZIP", b"identity", b"gzip;q=0.000", b"x-gzip", b"", b"\xff", b"gzip;;q=0", b"nogzip"),
)
HOSTS: Final = (
    *(
        b"localhost",
        b"a.example",
        b"b.example",
        b"c.example",
        b"A.Example.",
        b"a.example:80",
        b"..",
    ),
    *(
        b"../../../etc",
        b"..",
        b"a..b",
        b".localhost",
        b"[::1]:80",
        b"[::1",
        b"a.example.test",
        b"x" * 256,
    ),
    *(
        b"unknown.example",
        b"../../secret",
        b"../secret",
        b"<x-canary>",
        b"a.example/../b.example",
        b"a.example@b.example",
        b"-",
    ),
    *(
        b"localhost:",
        b"localhost:x",
        b"localhost:99999",
        b"",
        b"_",
        b"\xc3\xa9",
        b"a b",
        b"/",
        b"..:80",
    ),
    *(
        b"localhost/..",
        b"localhost?",
        b"localhost#",
        b"127.0.0.1",
        b"a.example, b.example",
        b"%2e%2e",
    ),
)
OTHERS: Final = (
    *((b"X-Forwarded-Host", b"evil.example"), (b"X-Forwarded-Prefix", b"//evil.example")),
    *((b"X-Forwarded-Proto", b"javascript"), (b"X-Original-URL", b"/../secret.txt")),
    *(
        (b"X-Rewrite-URL", b"/../secret.txt"),
        (b"X-Sendfile", b"/etc/passwd"),
        (b"Accept", b"text/html"),
    ),
    *(
        (b"Accept", b"*/*;q="),
        (b"Accept", b"application/json"),
        (b"Accept", b";"),
        (b"Accept", b"\xff"),
    ),
    *(
        (b"Cookie", b"a=b; c"),
        (b"Cookie", b'a="\\'),
        (b"Referer", b"//evil.example"),
        (b"Origin", b"null"),
    ),
    *((b"Content-Type", b"text/html; charset=x"), (b"Content-Type", b"multipart/form-data")),
    *(
        (b"Authorization", b"Basic x"),
        (b"Accept-Language", b"x-canary;q=a"),
        (b"Accept-Charset", b"x"),
    ),
    *((b"User-Agent", b"x"), (b"X-HTTP-Method-Override", b"PUT"), (b"Content-Encoding", b"gzip")),
    *(
        (b"Access-Control-Request-Method", b"GET"),
        (b"Forwarded", b"host=evil.example"),
        (b"Max-Forwards", b"0"),
    ),
)
