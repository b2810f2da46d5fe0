package web

import (
	"fmt"
	"slices"
)

var (
	exampleKey = ConnectWay{
		ID: "apiKey", Title: "API key",
		Fields: []ConnectField{{Name: "apiKey.value", Label: "API key", Hint: "Weather shows it under Settings, API keys.", Required: true}},
	}
	exampleBasic = ConnectWay{
		ID: "basic", Title: "User name and password",
		Fields: []ConnectField{
			{Name: "basic.username", Label: "User name", Type: "text", Required: true},
			{Name: "basic.password", Label: "Password"},
		},
	}
	exampleSignIn = ConnectWay{
		ID: "oauth", Title: "Sign in with Slack", SignIn: "/connect/sign-in?tool=slack&way=oauth", SignInHost: "slack.com",
		Scopes: []string{"channels:read", "channels:history", "chat:write"},
	}
	exampleClient = ConnectWay{
		ID: "client", Title: "Client credentials",
		Fields: []ConnectField{
			{Name: "client.clientId", Label: "Client ID", Type: "text", Required: true},
			{Name: "client.clientSecret", Label: "Client secret", Required: true},
		},
	}
	exampleBoth = ConnectWay{
		ID: "oauth+app", Title: "Sign in with Calendar", SignIn: "/connect/sign-in?tool=calendar&way=oauth%2Bapp",
		SignInHost: "accounts.calendar.example", Fields: exampleKey.Fields,
		SentTo: []string{"calendar.example", "upload.calendar.example", "accounts.calendar.example"},
	}
)

// exampleTools has a tool in every state, with every kind of way.
func exampleTools() []ConnectTool {
	return []ConnectTool{
		{
			Name: "crm", Title: "Customers", Host: "crm.example.com", State: ToolAttention, CanTest: true,
			Description: "Contacts, companies and deals.", Updated: "2026-10-02 08:15 UTC",
			Problem: "Customers refused the saved user name and password. Enter them again.",
			Ways:    []ConnectWay{exampleBasic, exampleClient},
		},
		{
			Name: "slack", Title: "Slack", Host: "slack.com", State: ToolAttention, Updated: "2026-09-14 17:40 UTC",
			Description: "Messages and channels of your workspace.", Problem: "Your sign-in has expired.",
			Functions: []string{"Post a message", "List channels"}, Ways: []ConnectWay{exampleSignIn},
		},
		{
			Name: "weather", Title: "Weather", Host: "api.weather.example", State: ToolNone,
			Description: "Forecasts, warnings and `hourly` measurements for any place.\n\nMore is not shown.",
			Functions:   exampleFunctions(23), Ways: []ConnectWay{exampleKey, exampleBasic},
		},
		{
			Name: "calendar", Title: "Calendar", Host: "calendar.example", State: ToolNone, Ways: []ConnectWay{exampleBoth},
		},
		{
			Name: "drive", Title: "Drive", Host: "drive.example", State: ToolNone,
			Ways: []ConnectWay{{Title: "Sign in with Drive", ID: "oauth", Unavailable: "The operator has not registered this service at drive.example."}},
		},
		{
			Name: "tracker", Title: "Issue tracker", Host: "issues.example.org", State: ToolConnected, CanTest: true,
			Description: "Issues and their comments.", Updated: "2026-11-22 10:00 UTC", Functions: exampleFunctions(4), Ways: []ConnectWay{exampleKey},
		},
		{
			Name: "wiki", Title: "Wiki", Host: "wiki.example.org", State: ToolConnected, Updated: "2026-11-20 09:30 UTC", Ways: []ConnectWay{exampleClient},
		},
		{
			Name: "holidays", Title: "Public holidays", Host: "holidays.example.net", State: ToolOpen,
			Description: "Public holidays of 60 countries.", Functions: exampleFunctions(1),
		},
	}
}

func exampleFunctions(n int) []string {
	all := []string{"Look up a place", "Read the forecast", "List warnings", "Compare two days"}
	var functions []string
	for i := range n {
		functions = append(functions, all[i%len(all)])
	}
	return functions
}

// connectExamples are the page on which people connect their accounts, in all its states.
func connectExamples() []Example {
	usual := ConnectView{
		Action: "/hub/connect", Static: "/static/", AppName: "Acme Assistant", AppURL: "https://assistant.example.com/chat?id=7",
		ExpiresIn: "12 minutes", Message: "Issue tracker is connected.", About: "tracker", Tools: exampleTools(),
	}
	editing, removing, refused, one, tenant := usual, usual, usual, usual, usual
	editing.Message, editing.Tools = "", exampleTools()
	editing.Tools[5].Editing, editing.Tools[5].Ways = true, []ConnectWay{saved(exampleBasic), exampleSignIn}
	removing.Message, removing.Tools = "", exampleTools()
	removing.Tools[5].ConfirmRemove, removing.Tools[5].RemoveHint = true, "The service is told to end the access."
	refused.Message, refused.Alert, refused.About, refused.Tools = "", "Customers refused what you entered.", "crm", exampleTools()
	refused.Tools[0].Ways = []ConnectWay{exampleBasic, wrong(exampleClient)}
	one.Message, one.About, one.AppName, one.AppURL, one.Tools = "", "", "", "", exampleTools()[2:3]
	tenant.Tenant, tenant.Message, tenant.Tools = true, "", exampleTools()
	tenant.Tools[3].Ways = []ConnectWay{saved(exampleBoth)}
	return examples("connect", RenderConnect, []named[ConnectView]{
		{"usual", usual},
		{"editing", editing},
		{"removing", removing},
		{"refused", refused},
		{"one", one},
		{"tenant", tenant},
		{"many", exampleMany(usual)},
		{"long", exampleLong()},
		{"empty", ConnectView{Action: "/c", Static: "/static/", ExpiresIn: "14 minutes"}},
	})
}

// exampleMany has more tools than anybody looks through.
func exampleMany(v ConnectView) ConnectView {
	v.Tools = nil
	for i := range 50 {
		tool := exampleTools()[i%8]
		tool.Name = fmt.Sprintf("%s-%d", tool.Name, i)
		tool.Title = fmt.Sprintf("%s %d", tool.Title, i)
		v.Tools = append(v.Tools, tool)
	}
	return v
}

// exampleLong has words that are longer than a phone is wide.
func exampleLong() ConnectView {
	const long = exampleWord
	way := wrong(exampleKey)
	way.Title = long
	way.Fields[0].Label, way.Fields[0].Hint, way.Fields[0].Error = long, long, long
	return ConnectView{
		Action: "/c", Static: "/static/", AppName: long, AppURL: "https://" + long + ".example.com/", Message: long, About: "long",
		Tools: []ConnectTool{
			{
				Name: "long", Title: long, Description: long + " " + long + " " + long + " " + long, Host: long + ".example.com",
				State: ToolAttention, CanTest: true, Problem: long, Updated: long, Functions: []string{long},
				Ways: []ConnectWay{way, {ID: "other", Title: long, Open: true, SignIn: "/s", SignInHost: long, Scopes: []string{long}}},
			},
			{Name: "other", Title: long, State: ToolConnected, ConfirmRemove: true, RemoveHint: long},
		},
	}
}

// wrong returns a way whose fields have an error.
func wrong(way ConnectWay) ConnectWay {
	way.Open, way.Fields = true, slices.Clone(way.Fields)
	for i := range way.Fields {
		way.Fields[i].Error = "Enter the whole " + way.Fields[i].Label + ", without spaces."
	}
	return way
}

// saved returns a way whose fields are filled.
func saved(way ConnectWay) ConnectWay {
	way.Fields = slices.Clone(way.Fields)
	for i := range way.Fields {
		way.Fields[i].Saved = true
	}
	return way
}
