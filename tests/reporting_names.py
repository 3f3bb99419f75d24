"""Names that would do harm if a page took them for anything but text."""

SCRIPT = "</script><script>window.harmed=1</script>"
"""What must stay text."""

IMAGE = "<img src=x onerror=window.harmed=1>"
RIGHT_TO_LEFT = "مهمة التدريب"
LONG = "x" * 190
QUOTES = "it's \"quoted\" & {{mark}} \\u003c ' \u2028"

HOSTILE = (SCRIPT, IMAGE, RIGHT_TO_LEFT, LONG, QUOTES, "=1+1")
