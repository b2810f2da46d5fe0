package web

import "fmt"

// exampleMessages are messages as agents store them.
var exampleMessages = []string{
	`{"role":"system","content":"You are the support assistant of Acme Robotics. Answer briefly and kindly. Never promise a refund; open a ticket instead."}`,
	`{"id":"msg_01","role":"user","createdAt":"2026-11-22T10:02:11.120Z","content":"Hi! My vacuum robot **stopped charging** since the last update.\n\nIt is the model AR-200."}`,
	`{"id":"msg_02","role":"assistant","createdAt":"2026-11-22T10:02:15.410Z","content":"I am sorry to hear that. Let me look up the device.","tool_calls":[{"id":"call_7","type":"function","function":{"name":"devices__find","arguments":"{\"model\":\"AR-200\",\"owner\":\"ada.lovelace@example.com\"}"}}]}`,
	`{"role":"tool","tool_call_id":"call_7","name":"devices__find","content":"{\"status\":\"success\",\"result\":{\"serial\":\"AR200-9931-774\",\"firmware\":\"4.2.0\",\"lastSeen\":\"2026-11-21T22:10:00Z\",\"battery\":3}}"}`,
	`{"id":"msg_03","role":"assistant","createdAt":"2026-11-22T10:02:21.002Z","content":"I found it: **AR200-9931-774** with firmware 4.2.0. This version has a known problem with the dock.\n\n1. Take the robot off the dock.\n2. Hold *Power* for ten seconds.\n3. Put it back and wait for the blue light.\n\nIf it stays dark, run this in the app's console:\n\n` + "```" + `\ndock --reset --wait 30\n` + "```" + `\n\nSee https://support.example.com/ar-200/dock for pictures."}`,
	`{"id":"msg_04","role":"user","createdAt":"2026-11-22T10:09:48.730Z","content":"That worked, thank you so much!"}`,
	`{"id":"msg_05","role":"assistant","createdAt":"2026-11-22T10:09:51.011Z","content":"Great! Is there anything else that I can do for you?"}`,
}

// exampleSession is a session with a conversation that fits into one part.
func exampleSession() AdminSessionView {
	row := exampleRows(1)[0]
	row.Messages = int64(len(exampleMessages))
	return AdminSessionView{
		AdminFrame: exampleFrame(), Session: row, AcceptTerms: "true", PerPart: 100, Parts: exampleMessages,
		Link: "https://sessions.example.com/admin/sessions/" + row.ID, Back: "/admin/sessions?agent=support-assistant",
	}
}

// adminSessionExamples are the page of a session in all its states.
func adminSessionExamples() []Example {
	usual := exampleSession()
	asJSON, begin, middle, empty, text, broken, past := usual, usual, usual, usual, usual, usual, usual
	asJSON.JSON = true
	begin.PerPart, begin.Session.Messages = int64(len(exampleMessages)), 345
	middle.PerPart, middle.First, middle.Session.Messages, middle.Session = 100, 100, 345, exampleRows(2)[1]
	middle.Session.Messages, middle.AcceptTerms, middle.Parts = 345, "", nil
	for i := range 100 {
		middle.Parts = append(middle.Parts, exampleMessages[i%len(exampleMessages)])
	}
	empty.Session, empty.Parts, empty.AcceptTerms = exampleRows(3)[2], nil, ""
	empty.Session.Messages = 0
	text.Parts, text.Text, text.Bytes = nil, new("{\"messages\": [{\"role\": \"user\", \"content\": \"Hello\nthere"), 1_482_113
	broken.Parts = []string{`{"role":"user"}`, `[1,2`, `"just words"`, `null`, `{"role":"clown","content":[{"type":"image_url","image_url":{"url":"https://example.com/x.png"}}]}`}
	broken.Session.Messages = int64(len(broken.Parts))
	past.Parts, past.First = nil, 700
	return examples("admin_session", RenderAdminSession, []named[AdminSessionView]{
		{"usual", usual},
		{"json", asJSON},
		{"first part", begin},
		{"second part", middle},
		{"empty", empty},
		{"text", text},
		{"strange messages", broken},
		{"past the end", past},
		{"long", exampleLongSession()},
	})
}

// exampleLongSession has words that do not fit, and hostile ones.
func exampleLongSession() AdminSessionView {
	v := exampleSession()
	v.AdminFrame, v.AcceptTerms, v.Back = exampleLongFrame(), exampleWord, "https://evil.example/admin/"
	v.Session.ID, v.Session.UserName, v.Session.UserEmail, v.Session.AgentID = exampleHostile, exampleWord+" "+exampleRTL, exampleHostile, exampleWord
	v.Session.Finalized, v.Link = exampleHostile, "javascript:alert(1)"
	v.Parts = []string{
		fmt.Sprintf(`{"role":"user","content":%q}`, exampleHostile),
		fmt.Sprintf(`{"role":%q,"content":%q}`, exampleHostile, exampleWord+exampleWord+exampleWord),
		fmt.Sprintf(`{"role":"assistant","content":%q}`, "[x](javascript:alert(1)) <b>"+exampleRTL+"</b> `"+exampleWord+exampleWord+"`"),
	}
	v.Session.Messages = 3
	return v
}
