package web

import "time"

// exampleNow is when all examples are looked at.
func exampleNow() time.Time { return time.Date(2026, 11, 22, 10, 42, 0, 0, time.UTC) }

// exampleFrame is the frame of an owner.
func exampleFrame() AdminFrame {
	return AdminFrame{
		Base: "/admin", Static: "/static/", Tenant: "Acme Robotics", Key: "Ada's laptop", Role: "owner", SeesKeys: true, Now: exampleNow(),
	}
}

// exampleLongFrame is a frame whose words are too long, and hostile.
func exampleLongFrame() AdminFrame {
	frame := exampleFrame()
	frame.Tenant, frame.Key, frame.Role = exampleWord, exampleWord+exampleHostile, exampleWord
	frame.Message, frame.Alert = exampleWord, exampleHostile
	return frame
}

// exampleAgo is a time before exampleNow.
func exampleAgo(d time.Duration) time.Time { return exampleNow().Add(-d) }

// adminFrameExamples are the pages that are little more than a frame.
func adminFrameExamples() []Example {
	login := AdminLoginView{Base: "/admin", Static: "/static/"}
	refused, out := login, login
	refused.Alert, refused.Next = "This API key is not known, or it has expired.", "/admin/usage?days=7"
	out.Notice = "You are signed out."
	admin, nobody := exampleFrame(), exampleFrame()
	admin.Role, admin.SeesKeys = "admin", false
	nobody.Tenant, nobody.Key, nobody.Role, nobody.SeesKeys = "", "", "", false
	gone := AdminNoticeView{
		AdminFrame: admin, Status: 404, Title: "This session is not there",
		Text: []string{"It was deleted, or its address is incomplete.", "The audit log tells who deleted a session, and when."},
		Link: "/admin/sessions", LinkText: "Back to the sessions",
	}
	ended := AdminNoticeView{
		AdminFrame: nobody, Status: 403, Title: "That was not sent from this panel",
		Text: []string{"Nothing was changed. Go back, load the page again, and try once more."},
	}
	long := AdminNoticeView{
		AdminFrame: exampleLongFrame(), Status: 500, Title: exampleWord, Text: []string{exampleHostile, exampleWord},
		Link: "/admin/audit", LinkText: exampleWord,
	}
	return append(
		examples("admin_login", RenderAdminLogin, []named[AdminLoginView]{
			{"usual", login},
			{"refused", refused},
			{"signed out", out},
			{"long", AdminLoginView{Base: "/admin", Static: "/static/", Next: exampleHostile, Alert: exampleWord, Notice: exampleHostile}},
		}),
		examples("admin_notice", RenderAdminNotice, []named[AdminNoticeView]{
			{"usual", gone}, {"nobody", ended}, {"long", long},
		})...,
	)
}
