package web

import "io"

// NoticeView is what notice.html shows: some words instead of the page that was asked for.
type NoticeView struct {
	Static   string   // what the paths of static files begin with, such as /static/
	Status   int      // of the answer; from 400 on the page looks like a refusal
	Title    string   // what is the matter, in a few words
	Text     []string // what that means and what to do, by paragraphs
	Link     string   // a next step on this service, or http(s); may be empty
	LinkText string   // what the link says, such as "Back to your accounts"
	AppName  string   // of the agent's application; may be empty
	AppURL   string   // the way back to it; shown only if it is http or https
}

// noticePage is a notice with what follows from it.
type noticePage struct {
	NoticeView
	Refused bool
	Back    wayBack
}

// RenderNotice writes a page of words.
func RenderNotice(w io.Writer, v NoticeView) error {
	v.Link = address(v.Link)
	return render(w, "notice.html", noticePage{
		NoticeView: v,
		Refused:    v.Status >= 400,
		Back:       newWayBack(v.AppName, v.AppURL),
	})
}
