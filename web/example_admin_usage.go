package web

import "time"

// exampleUsage is the usage of n days. It falls at weekends.
func exampleUsage(n int) AdminUsageView {
	v := AdminUsageView{AdminFrame: exampleFrame(), Agents: exampleAgents, Days: n}
	today := exampleNow().Truncate(24 * time.Hour)
	for i := range n {
		day := today.AddDate(0, 0, i+1-n)
		sessions := int64(180 + i*29%97 + i)
		if day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
			sessions /= 4
		}
		v.ByDay = append(v.ByDay, AdminUsageDay{Day: day, AdminUsage: AdminUsage{sessions, sessions * 3_412, sessions * 611}})
	}
	for i, agent := range exampleAgents {
		a := AdminUsageAgent{Agent: agent.ID}
		for _, day := range v.ByDay {
			part := day.Sessions * int64(6-i) / int64(12+i*9)
			a.ByDay = append(a.ByDay, part)
			a.Sessions += part
		}
		a.PromptTokens, a.CompletionTokens = a.Sessions*3_412, a.Sessions*611
		v.Top = append(v.Top, a)
	}
	v.Others = AdminUsageAgent{AdminUsage: AdminUsage{214, 640_230, 98_110}, ByDay: make([]int64, n)}
	return v
}

// adminUsageExamples are the page of the usage in all its states.
func adminUsageExamples() []Example {
	usual := exampleUsage(30)
	one := exampleUsage(30)
	one.Agent, one.Top, one.Others = "sales-qualifier", one.Top[1:2], AdminUsageAgent{}
	empty := exampleUsage(7)
	empty.Agents, empty.Top, empty.Others = nil, nil, AdminUsageAgent{}
	for i := range empty.ByDay {
		empty.ByDay[i].AdminUsage = AdminUsage{}
	}
	long := exampleUsage(30)
	long.AdminFrame, long.Top[0].Agent, long.Top[1].Agent = exampleLongFrame(), exampleHostile, exampleWord
	long.ByDay[12].AdminUsage = AdminUsage{9_007_199_254_740, 9_007_199_254_740_991, 4_007_199_254_740_991}
	return examples("admin_usage", RenderAdminUsage, []named[AdminUsageView]{
		{"usual", usual}, {"week", exampleUsage(7)}, {"many", exampleUsage(90)}, {"one agent", one}, {"empty", empty}, {"long", long},
	})
}
