package web

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// made is the HTML of a text, which must be worth the effort.
func made(t *testing.T, source string) string {
	t.Helper()
	page, _, ok := markdown().html(source, messageEffort)
	if !ok {
		t.Fatalf("%.60q is not read as Markdown", source)
	}
	return string(page)
}

func TestMarkdown(t *testing.T) {
	for source, want := range map[string]string{
		"a\nb":                                "<p>a<br>\nb</p>\n",
		"# One\n\n### Three":                  "<h3>One</h3>\n<h5>Three</h5>\n",
		"One\n===\n\n###### Six":              "<h3>One</h3>\n<h6>Six</h6>\n",
		"*a* **b** ~~c~~ `d`":                 "<p><em>a</em> <strong>b</strong> <del>c</del> <code>d</code></p>\n",
		"- [x] done\n- [ ] open":              "<ul>\n<li>\u2611 done</li>\n<li>\u2610 open</li>\n</ul>\n",
		"3. three\n4. four":                   "<ol start=\"3\">\n<li>three</li>\n<li>four</li>\n</ol>\n",
		"```go\nif a < b {}\n```":             "<pre tabindex=\"0\"><code>if a &lt; b {}\n</code></pre>\n",
		"|a|b|\n|:-|-:|\n|1|2|":               "<table tabindex=\"0\">\n<thead>\n<tr>\n<th align=\"left\">a</th>\n<th align=\"right\">b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td align=\"left\">1</td>\n<td align=\"right\">2</td>\n</tr>\n</tbody>\n</table>\n",
		"> quoted":                            "<blockquote>\n<p>quoted</p>\n</blockquote>\n",
		"a <b>c</b> <!-- d -->":               "<p>a &lt;b&gt;c&lt;/b&gt; &lt;!-- d --&gt;</p>\n",
		"<div>\nblock\n</div>":                "<p>&lt;div&gt;<br>\nblock<br>\n&lt;/div&gt;</p>\n",
		"[a](https://x.example/?a&b)":         `<p><a href="https://x.example/?a&amp;b" rel="nofollow noreferrer noopener" target="_blank">a</a></p>` + "\n",
		"<mailto:a@x.example>":                `<p><a href="mailto:a@x.example" rel="nofollow noreferrer">mailto:a@x.example</a></p>` + "\n",
		"a@x.example":                         `<p><a href="mailto:a@x.example" rel="nofollow noreferrer">a@x.example</a></p>` + "\n",
		"www.x.example":                       `<p><a href="http://www.x.example" rel="nofollow noreferrer noopener" target="_blank">www.x.example</a></p>` + "\n",
		"![a cat](https://x.example/cat.png)": `<p><a href="https://x.example/cat.png" rel="nofollow noreferrer noopener" target="_blank">Image: a cat</a></p>` + "\n",
		"![](https://x.example/cat.png)":      `<p><a href="https://x.example/cat.png" rel="nofollow noreferrer noopener" target="_blank">Image: https://x.example/cat.png</a></p>` + "\n",
		"[![a cat](https://x.example/cat.png)](https://y.example)":       `<p><a href="https://y.example" rel="nofollow noreferrer noopener" target="_blank">Image: a cat</a></p>` + "\n",
		"![a [cat](https://y.example) www.z.example](https://x.example)": `<p><a href="https://x.example" rel="nofollow noreferrer noopener" target="_blank">Image: a cat www.z.example</a></p>` + "\n",
	} {
		if got := made(t, source); got != want {
			t.Errorf("%q is\n%s\nwant\n%s", source, got, want)
		}
	}
}

// nasties are texts that run something in a page, or lead elsewhere than they say, where Markdown is
// trusted.
var nasties = []string{
	"<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "<svg><script>alert(1)</script></svg>",
	"<iframe src=javascript:alert(1)>", "<a href=\"javascript:alert(1)\">a</a>", "<style>*{}</style>", "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
	"<!--><img src=x onerror=alert(1)>-->", "<![CDATA[<script>alert(1)</script>]]>", "<?php x ?>", "<x style=\"a:expression(alert(1))\">",
	"[a](javascript:alert(1))", "[a](JaVaScRiPt:alert(1))", "[a](java\tscript:alert(1))", "[a](javascript&colon;alert(1))", "[a](&#106;avascript:alert(1))",
	"[a](&#x6A;&#x61;vascript&#58;alert(1))", "[a]( javascript:alert(1))", "[a](<javascript:alert(1)>)", "[a](\x01javascript:alert(1))", "[a](javascript:alert(1)//https://x.example)",
	"[a](vbscript:msgbox(1))", "[a](data:text/html,<script>alert(1)</script>)", "[a](data:image/svg+xml;base64,PHN2Zz4=)", "[a](file:///etc/passwd)", "[a](blob:https://x.example/1)",
	"![a](javascript:alert(1))", "![a](data:image/png;base64,AAAA)", "![\" onerror=\"alert(1)](https://x.example/)", "![a](https://x.example/\" onerror=\"alert(1))",
	"<javascript:alert(1)>", "<data:text/html,x>", "<vbscript:x>", "javascript:alert(1)", "<https://x.example/\"onmouseover=\"alert(1)>",
	"[a][b]\n\n[b]: javascript:alert(1)", "[a][b]\n\n[b]: <data:text/html,x> 'title'", "[a]\n\n[a]: //x.example", "[a](//x.example)", "[a](/path)", "[a](\\\\x.example)", "[a](https:x.example)", "[a](https:///x.example)",
	"[a](https://good.example@evil.example)", "[a](https://x.example \"\\\" onclick=\\\"alert(1)\")", "[a](https://x.example '\" style=\"x')", "[a](https://x.example/'\"><script>alert(1)</script>)",
	"[<script>alert(1)</script>](https://x.example)", "`<script>alert(1)</script>`", "```\"><script>alert(1)</script>\nx\n```", "```x\" onclick=\"alert(1)\nx\n```", "# a {#id .class onclick=alert(1)}",
	"&lt;script&gt;alert(1)&lt;/script&gt;", "&#60;script&#62;", "\\<script\\>alert(1)", "<scr<script>ipt>alert(1)</scr</script>ipt>", "<\x00script>alert(1)</script>",
	"\u202egnp.exe\u202c [\u202ea\u202c](https://x.example/\u202egnp.exe)", "[\u2066a](https://x.example)", "\ufeff<script>", "[a](https://x.example/%22%3E%3Cscript%3E)",
	"|a|\n|-|\n|<script>alert(1)</script>|", "|a|\n|:-:|\n|[x](javascript:alert(1))|", "- [x] <script>", "[^1]\n\n[^1]: <script>", "<a@x.example\"onclick=alert(1)>", "mailto:a@x.example", "[a](mailto:?bcc=a@x.example)",
	"[a](xmpp:a@x.example)", "[a](tel:123)", "[a](ftp://x.example)", "ftp://x.example", "[a](https://x.example/\n\"onclick=x)", "[a](https://[::1)", "[a](https://x.example:port/)", "[a](\xffhttps://x.example)",
}

func TestMarkdownOnlyShows(t *testing.T) {
	for _, source := range nasties {
		page := made(t, source)
		for _, problem := range markdownProblems(page) {
			t.Errorf("%q: %s:\n%s", source, problem, page)
		}
	}
	if problems := markdownProblems(`<p onclick="x"><a href="javascript:x">x</a><img src=x>`); len(problems) < 3 {
		t.Errorf("the check finds only %v", problems)
	}
}

// What Markdown may become, by element.
var markdownAttributes = map[string][]string{
	"a": {"href", "rel", "target"}, "ol": {"start"}, "th": {"align"}, "td": {"align"},
	"p": nil, "br": nil, "hr": nil, "h3": nil, "h4": nil, "h5": nil, "h6": nil, "blockquote": nil, "pre": {"tabindex"}, "code": nil, "em": nil, "strong": nil, "del": nil,
	"ul": nil, "li": nil, "table": {"tabindex"}, "thead": nil, "tbody": nil, "tr": nil,
}

// markdownProblems reads HTML as a browser does and tells what of it is more than a text needs.
func markdownProblems(page string) []string {
	around := &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div}
	nodes, err := html.ParseFragment(strings.NewReader(page), around)
	if err != nil {
		return []string{err.Error()}
	}
	var problems []string
	for _, root := range nodes {
		problems = append(problems, nodeProblems(root)...)
		for n := range root.Descendants() {
			problems = append(problems, nodeProblems(n)...)
		}
	}
	return problems
}

func nodeProblems(n *html.Node) []string {
	if n.Type == html.TextNode {
		return nil
	}
	allowed, known := markdownAttributes[n.Data]
	if n.Type != html.ElementNode || !known || n.Namespace != "" {
		return []string{fmt.Sprintf("there is <%s>", n.Data)}
	}
	var problems []string
	for _, a := range n.Attr {
		if !slices.Contains(allowed, a.Key) {
			problems = append(problems, fmt.Sprintf("<%s> has %s=%q", n.Data, a.Key, a.Val))
		}
	}
	if n.Data != "a" {
		return problems
	}
	u, err := url.Parse(attribute(n, "href"))
	switch {
	case err != nil || !isWeb(u) && (u.Scheme != "mailto" || u.Host != ""):
		problems = append(problems, fmt.Sprintf("a link leads to %q", attribute(n, "href")))
	case isWeb(u) && (attribute(n, "target") != "_blank" || attribute(n, "rel") != "nofollow noreferrer noopener"):
		problems = append(problems, fmt.Sprintf("a link is %v", n.Attr))
	}
	return problems
}

// hostileTexts are small texts that become large work: they are what is repeated.
var hostileTexts = []string{
	">", "> ", "[", "]", "*", "_", "~", "~~a", "**a", "_a ", "*a_", "*a **b ", "*a _b ", "a*", "a_", "[a](", "[](", "![", "![a](", "[a](b", "[a](<b", "([", "]([\n", "[[a]]", "[a][b]", "[a]: b\n", "[a\n",
	"`", "`a``", "<", "<a ", "<a@b", "<!--", "<?", "<![CDATA[", "<http://", "http://", "www.a.", "a@", "a.b@c.d ", "|", "a|", "|-", "|a\n|-\n", "- ", "+ ", "* a\n", "1. ", "- - ", "- a\n  - b\n", "\\", "&", "&a", "&#x",
	"#", "    ", "\t", "\n>", "> a\n", "a  \n", "```\n", "~~~", "x\n=\n", ":", "--", "\x00", "\u00e9", "\"", "'", "(", ")", "[a](b) ", "*a* ", "`a` ", "[^", "a\n", "\n", " \n", "[ ] ", "- [ ] ", "\xff", "[a]:", "[a]: <", "[]: ", "![[]()](",
}

// manyCells is a table whose rows are two bytes and whose columns are many.
func manyCells(columns int) string {
	return "|" + strings.Repeat("a|", columns) + "\n|" + strings.Repeat("-|", columns) + "\n" + strings.Repeat("|\n", maxMarkdown)
}

// costlyTexts are such as take goldmark long: each at the limit of the length, or the largest one of its
// kind that the effort still allows.
func costlyTexts() map[string]string {
	texts := map[string]string{
		"brackets": strings.Repeat("[", maxMarkdown/2) + strings.Repeat("]", maxMarkdown/2),
		"emphasis": strings.Repeat("*", 1400) + "a" + strings.Repeat("*", 1400),
		"steps":    nestedLists(250),
	}
	for _, length := range []int{100, 2000} {
		for _, link := range []string{"[b]", "![][b]"} {
			definition := "[b]:\n<https://x.example/" + strings.Repeat("a", length) + ">\n\n"
			texts[fmt.Sprintf("%s to %d", link, length)] = definition + strings.Repeat(link+"\n\n", maxMarkdown)
			texts[fmt.Sprintf("%s to %d at once", link, length)] = definition + strings.Repeat(link, maxMarkdown)
		}
	}
	for _, columns := range []int{1, 20, 100, 1000, 5000} {
		texts[fmt.Sprintf("%d columns", columns)] = manyCells(columns)
	}
	for _, unit := range hostileTexts {
		texts[unit] = strings.Repeat(unit, maxMarkdown)
		if strings.ContainsAny(unit, "[*_`|") { // what a paragraph can have too much of
			texts[unit+" by paragraphs"] = strings.Repeat(strings.Repeat(unit, 300)+"\n\n", maxMarkdown)
		}
	}
	for name, text := range texts {
		text = text[:min(len(text), maxMarkdown)]
		for len(text) > 16 && markdownEffort(text) > messageEffort {
			text = text[:len(text)*9/10]
		}
		texts[name] = text
	}
	return texts
}

// No text becomes much larger than a harmless one. BenchmarkMarkdownCostly tells how long each takes.
func TestMarkdownStaysInBounds(t *testing.T) {
	for name, text := range costlyTexts() {
		if page, _, _ := markdown().html(text, messageEffort); len(page) > 40*maxMarkdown {
			t.Errorf("%q with %d bytes becomes %d", name, len(text), len(page))
		}
	}
}

// Browsers, and the parser here, give up on what is nested too deep: such a text is not read.
func TestMarkdownIsNotNestedTooDeep(t *testing.T) {
	read := 0
	for depth := 0; depth < 150; depth += 6 {
		for _, text := range []string{
			strings.Repeat("> ", depth) + "a", strings.Repeat("*", 2*depth) + "a" + strings.Repeat("*", 2*depth), nestedLists(depth),
			strings.Repeat("*a _", depth) + "b" + strings.Repeat("_ a*", depth), strings.Repeat("![", depth) + "a" + strings.Repeat("](https://x.example)", depth),
		} {
			page, _, ok := markdown().html(text, messageEffort)
			if ok {
				read++
			}
			if problems := markdownProblems(string(page)); len(problems) > 0 {
				t.Errorf("%.60q, %d deep: %v", text, depth, problems)
			}
		}
	}
	if read < 40 {
		t.Errorf("only %d are read", read)
	}
}

// A text that would take long is not read, and so costs nothing.
func TestMarkdownIsNotReadAtAnyPrice(t *testing.T) {
	for _, text := range []string{
		strings.Repeat(">", maxMarkers+1), strings.Repeat("1. ", maxMarkers+1), strings.Repeat("*a_", 3000), strings.Repeat("[](", 3000), manyCells(1000)[:maxMarkdown],
		strings.Repeat("*", 1400) + "a" + strings.Repeat("*", 1400), strings.Repeat("a", maxMarkdown+1),
	} {
		if _, spent, ok := markdown().html(text, messageEffort); ok || spent > messageEffort {
			t.Errorf("%.20q with %d bytes is read: %d", text, len(text), spent)
		}
	}
	_, spent, _ := markdown().html(sampleAnswer, messageEffort)
	if _, _, ok := markdown().html(sampleAnswer, spent-1); ok {
		t.Error("a text is read with less effort than it takes")
	}
}

// nestedLists has each list in the one before.
func nestedLists(depth int) string {
	var text strings.Builder
	for i := range depth {
		text.WriteString(strings.Repeat("  ", i) + "* a\n")
	}
	return text.String()
}

// A long answer of a model, with what models write, is read as Markdown.
func TestMarkdownReadsLongAnswers(t *testing.T) {
	code := "```python\n" + strings.Repeat("def get_user_name(user_id, *args, **kwargs): return rows[user_id][\"name\"] or max(a, b)\n", 60) + "```\n\n"
	table := "| a | b | c | d |\n|---|---|---|---|\n" + strings.Repeat("| one | *two* | `three` | [four](https://x.example) |\n", 100)
	prose := strings.Repeat("Some **bold** words, a [link](https://x.example), *more* and `code_with_underscores`.\n\n", 100)
	answer := prose + code + table + "\n- a\n  - b\n    - c\n      1. d\n\n" + code + strings.Repeat("-", 80)
	if page := made(t, answer[:min(len(answer), maxMarkdown)]); !strings.Contains(page, "<table") {
		t.Error("there is no table")
	}
}

func TestMarkdownForManyAtOnce(t *testing.T) {
	want := made(t, sampleAnswer)
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			for range 20 {
				if page, _, _ := markdown().html(sampleAnswer, messageEffort); string(page) != want {
					t.Error("the text is read in two ways")
				}
			}
		})
	}
	readers.Wait()
}

const sampleAnswer = "## Weather in Berlin\n\nIt is **21.5 \u00b0C** and *sunny*. See [the forecast](https://weather.example/berlin).\n\n" +
	"| Day | High | Low |\n|:--|--:|--:|\n| Mon | 22 | 12 |\n| Tue | 24 | 14 |\n\n1. Take a hat.\n2. Take water.\n   - Still\n   - Sparkling\n\n```json\n{\"city\": \"Berlin\"}\n```\n"

func FuzzMarkdown(f *testing.F) {
	for _, text := range slices.Concat(nasties, hostileTexts, []string{sampleAnswer, manyCells(3)[:200]}) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, source string) {
		start := time.Now()
		page, _, _ := markdown().html(source, messageEffort)
		if took := time.Since(start); took > time.Second {
			t.Errorf("it took %v", took)
		}
		for _, problem := range markdownProblems(string(page)) {
			t.Errorf("%s:\n%s", problem, page)
		}
	})
}

// A page of a session shows up to some hundred messages.
func BenchmarkMarkdown100(b *testing.B) {
	text := strings.Repeat(sampleAnswer, 3)
	b.SetBytes(int64(100 * len(text)))
	for b.Loop() {
		for range 100 {
			if _, _, ok := markdown().html(text, messageEffort); !ok {
				b.Fatal("not read")
			}
		}
	}
}

// What takes longest is told beside the mean of all.
func BenchmarkMarkdownCostly(b *testing.B) {
	texts := costlyTexts()
	worst := time.Duration(0)
	for b.Loop() {
		for _, text := range texts {
			began := time.Now()
			_, _, _ = markdown().html(text, messageEffort)
			worst = max(worst, time.Since(began))
		}
	}
	b.ReportMetric(float64(worst.Milliseconds()), "worst-ms")
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N*len(texts)), "mean-ms")
}
