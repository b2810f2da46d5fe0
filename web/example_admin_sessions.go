package web

import (
	"fmt"
	"time"
)

var exampleAgents = []AdminAgent{
	{"support-assistant", 12_345}, {"sales-qualifier", 3_208}, {"onboarding-guide", 961}, {"returns-desk", 87}, {"internal-it-help", 4},
}

var exampleUsers = []struct{ name, email string }{
	{"Ada Lovelace", "ada.lovelace@example.com"},
	{"Grace Hopper", "grace@navy.example"},
	{"", ""},
	{exampleRTL, "fatima.alzahra@example.org"},
	{"Jos\u00e9 \u00c1lvarez Mu\u00f1oz", "jose.alvarez@example.es"},
	{"Anonymous visitor", ""},
	{"Nguy\u1ec5n Th\u1ecb Minh Khai", "minhkhai@example.vn"},
	{"Dr. Friedrich-Wilhelm von Hohenzollern-Sigmaringen", "friedrich-wilhelm.von.hohenzollern-sigmaringen@universitaet.example"},
	{"\u5c71\u7530 \u592a\u90ce", "taro.yamada@example.jp"},
	{"Linus", "linus@example.fi"},
}

// exampleRows are n sessions, the one that was changed last at the top.
func exampleRows(n int) []AdminSessionRow {
	passed := 20 * time.Second
	var rows []AdminSessionRow
	for i := range n {
		user := exampleUsers[i%len(exampleUsers)]
		row := AdminSessionRow{
			ID: fmt.Sprintf("0198f3c2-77a1-7c%02x-9d4e-%012x", i, 0xd1f0a4c*(i+7)), AgentID: "support-assistant",
			UserName: user.name, UserEmail: user.email, Messages: int64(i*i*7%53 + 2),
			Created: exampleAgo(passed + time.Duration(i+1)*37*time.Minute), Updated: exampleAgo(passed),
		}
		if i%4 != 2 {
			row.PromptTokens, row.CompletionTokens = new(int64(i*7_919%48_000+312)), new(int64(i*1_237%9_000+58))
		}
		if i%3 == 1 {
			row.Finalized = exampleAgo(passed).Format(time.RFC3339)
		}
		rows = append(rows, row)
		passed += passed/3 + time.Minute
	}
	return rows
}

// exampleSessions is the list of sessions as it is most of the time.
func exampleSessions() AdminSessionsView {
	return AdminSessionsView{
		AdminFrame: exampleFrame(), Agents: exampleAgents, Agent: "support-assistant", Sort: "updatedAt",
		Page: 1, PerPage: 25, Total: 12_345, Rows: exampleRows(25),
	}
}

// adminSessionsExamples are the list of sessions in all its states.
func adminSessionsExamples() []Example {
	usual := exampleSessions()
	searched, second, agent, match, past, problem := usual, usual, usual, usual, usual, usual
	searched.Query, searched.State, searched.Sort, searched.Total, searched.Rows = "ada", "active", "userName", 1, usual.Rows[:1]
	second.Page, second.Message, second.Sort, second.Reverse, second.From = 2, "3 sessions are deleted.", "createdAt", true, "2026-10-01"
	second.MoreAgents, second.SeesKeys, second.Role = 42, false, "admin"
	agent.Agent, agent.Total, agent.Rows = "no-such-agent", 0, nil
	match.Query, match.From, match.To, match.Total, match.Rows = "zzz", "2026-11-01", "2026-11-02", 0, nil
	past.Page, past.Rows = 900, nil
	problem.Problem, problem.Rows, problem.Total, problem.From = "The day \u201c2026-13-01\u201d is not one. Write it like 2026-11-22.", nil, 0, "2026-13-01"
	none := AdminSessionsView{AdminFrame: exampleFrame()}
	choose := AdminSessionsView{AdminFrame: exampleFrame(), Agents: exampleAgents}
	return examples("admin_sessions", RenderAdminSessions, []named[AdminSessionsView]{
		{"usual", usual},
		{"searched", searched},
		{"second page", second},
		{"none", none},
		{"choose", choose},
		{"of an unknown agent", agent},
		{"nothing matches", match},
		{"past the end", past},
		{"problem", problem},
		{"many", exampleManySessions()},
		{"long", exampleLongSessions()},
	})
}

// exampleManySessions has as many rows as a page can have, and more agents than are listed.
func exampleManySessions() AdminSessionsView {
	v := exampleSessions()
	v.PerPage, v.Page, v.Total, v.Rows, v.MoreAgents = 100, 7, 1_234_567, nil, 1_812
	for len(v.Rows) < 100 {
		for _, row := range exampleRows(25) {
			row.ID = fmt.Sprintf("%s-%d", row.ID, len(v.Rows))
			v.Rows = append(v.Rows, row)
		}
	}
	return v
}

// exampleLongSessions has names that do not fit.
func exampleLongSessions() AdminSessionsView {
	v := exampleSessions()
	v.AdminFrame, v.Agent, v.Query, v.Sort = exampleLongFrame(), exampleWord+exampleHostile, exampleHostile, "userEmail"
	v.Agents = append([]AdminAgent{{exampleHostile, 7}}, exampleAgents...)
	v.Rows = exampleRows(4)
	v.Rows[0].UserName, v.Rows[0].UserEmail, v.Rows[0].ID = exampleHostile, exampleHostile, exampleHostile
	v.Rows[1].UserName, v.Rows[1].UserEmail, v.Rows[1].ID = exampleWord+" "+exampleWord, exampleWord+"@example.com", exampleWord
	v.Rows[1].Finalized = "on the day when it was over"
	v.Rows[3].PromptTokens, v.Rows[3].CompletionTokens, v.Rows[3].Messages = new(int64(9_007_199_254_740_991)), new(int64(9_007_199_254_740_991)), 1_234_567
	v.Total = 4
	return v
}

// adminDeleteExamples are the question whether to delete, and what came of it.
func adminDeleteExamples() []Example {
	rows := exampleRows(8)
	ask := AdminDeleteView{AdminFrame: exampleFrame(), Sessions: rows[:3], Back: "/admin/sessions?agent=support-assistant&q=ada"}
	one, gone, none, long := ask, ask, ask, ask
	one.Sessions = rows[1:2]
	gone.Sessions, gone.Gone = rows[:2], []string{"0198f3c2-77a1-7c40-9d4e-00000a4c7f11"}
	none.Sessions, none.Gone = nil, []string{"0198f3c2-77a1-7c40-9d4e-00000a4c7f11", "0198f3c2-77a1-7c40-9d4e-00000a4c7f12"}
	long.AdminFrame, long.Sessions, long.Gone = exampleLongFrame(), exampleLongSessions().Rows, []string{exampleHostile, exampleWord}
	done := AdminDeletedView{AdminFrame: exampleFrame(), Back: ask.Back}
	for _, row := range rows[:4] {
		done.Sessions = append(done.Sessions, exampleDeleted(row.ID))
	}
	mixed, longDone := done, done
	mixed.Sessions = append([]AdminDeleted{}, done.Sessions...)
	mixed.Sessions[1].Gone = true
	mixed.Sessions[2].Problem = "The database did not answer in time. Try again."
	longDone.AdminFrame, longDone.Sessions = exampleLongFrame(), []AdminDeleted{exampleDeleted(exampleWord), exampleDeleted(exampleHostile)}
	longDone.Sessions[1].Problem = exampleHostile
	return append(
		examples("admin_delete", RenderAdminDelete, []named[AdminDeleteView]{
			{"usual", ask}, {"one", one}, {"some are gone", gone}, {"nothing is left", none}, {"long", long},
		}),
		examples("admin_deleted", RenderAdminDeleted, []named[AdminDeletedView]{
			{"usual", done}, {"mixed", mixed}, {"long", longDone}, {"empty", AdminDeletedView{AdminFrame: exampleFrame()}},
		})...,
	)
}

func exampleDeleted(id string) AdminDeleted {
	return AdminDeleted{ID: id, Record: fmt.Sprintf(`{"id":%q}`, id), Month: "2026-11"}
}
