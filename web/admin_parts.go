package web

import "html/template"

type message struct {
	Number int64
	Text   string
}

func newMessage(number int64, text string) message { return message{Number: number, Text: text} }

type chart struct{ Title string }

func newUsageCharts(AdminUsageView) []chart { return []chart{{Title: "Sessions per day"}} }

func keySnippet(v AdminKeyView) string {
	return `<script src="` + template.HTMLEscapeString(v.ServiceURL) + `/x.js"></script>`
}
