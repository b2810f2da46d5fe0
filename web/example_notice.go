package web

// noticeExamples are words in place of a page.
func noticeExamples() []Example {
	return examples("notice", RenderNotice, []named[NoticeView]{
		{"unknown", NoticeView{
			Static: "/static/", Status: 404, Title: "This link is not known here",
			Text: []string{"It may be incomplete. Open the whole link, or ask for a new one in the conversation."},
		}},
		{"expired", NoticeView{
			Static: "/static/", Status: 410, Title: "This link has expired", AppName: "Acme Assistant", AppURL: "https://assistant.example.com/",
			Text: []string{"A link works for 15 minutes, so that nobody else can use it later.", "Ask for a new one in the conversation. Your accounts stay connected."},
		}},
		{"taken", NoticeView{
			Static: "/static/", Status: 403, Title: "This link is open in another browser",
			Text: []string{"A link works only in the browser that opened it first. Go on there, or ask for a new link."},
		}},
		{"preview", NoticeView{
			Static: "/static/", Status: 200, Title: "Connect your accounts",
			Text: []string{"Open this link in your browser to connect the accounts that your agent works with."},
		}},
		{"refused", NoticeView{
			Static: "/static/", Status: 400, Title: "Slack did not connect your account",
			Text: []string{"You or Slack ended the sign-in. Nothing was changed."},
			Link: "/hub/connect#tool-slack", LinkText: "Back to your accounts",
		}},
	})
}
