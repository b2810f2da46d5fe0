package rivals

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
)

// Collection is what PocketBase calls the table of sessions.
const Collection = "sessions"

// PocketBaseOptions say where it listens and how it keeps its data.
type PocketBaseOptions struct {
	Addr, Dir string
	// Durable has a transaction on disk before it is answered, as the service does. The default
	// of PocketBase leaves the last of them to a power cut.
	Durable bool
}

// ServePocketBase serves until ctx ends, with the settings that PocketBase has by default and
// one collection with the fields of a session, which anybody may read and write.
func ServePocketBase(ctx context.Context, o PocketBaseOptions) error {
	config := pocketbase.Config{DefaultDataDir: o.Dir, HideStartBanner: true}
	if o.Durable {
		config.DBConnect = connectDurable
	}
	app := pocketbase.NewWithConfig(config)
	if err := app.Bootstrap(); err != nil {
		return err
	}
	if err := app.RunAllMigrations(); err != nil {
		return err
	}
	if err := app.Save(sessions()); err != nil {
		return err
	}
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.InstallerFunc = nil // it would open a browser
		return e.Next()
	})
	stopped := context.AfterFunc(ctx, func() { stop(app) })
	defer stopped()
	err := apis.Serve(app, apis.ServeConfig{HttpAddr: o.Addr})
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func stop(app core.App) {
	event := &core.TerminateEvent{App: app}
	err := app.OnTerminate().Trigger(event, func(e *core.TerminateEvent) error { return e.App.ResetBootstrapState() })
	if err != nil {
		slog.Warn("PocketBase did not end well", slog.Any("error", err))
	}
}

// connectDurable is PocketBase's own way to open a database, but for synchronous.
func connectDurable(path string) (*dbx.DB, error) {
	return dbx.Open("sqlite", path+strings.Join([]string{
		"?_pragma=busy_timeout(10000)", "_pragma=journal_mode(WAL)", "_pragma=journal_size_limit(200000000)", "_pragma=synchronous(FULL)",
		"_pragma=foreign_keys(ON)", "_pragma=temp_store(MEMORY)", "_pragma=cache_size(-32000)",
	}, "&"))
}

// sessions is the collection.
func sessions() *core.Collection {
	c := core.NewBaseCollection(Collection)
	c.Fields.Add(
		&core.TextField{Name: "agentId", Required: true},
		&core.TextField{Name: "userName"}, &core.TextField{Name: "userEmail"}, &core.TextField{Name: "acceptTerms"},
		&core.JSONField{Name: "messages"},
		&core.NumberField{Name: "promptTokens"}, &core.NumberField{Name: "completionTokens"},
		&core.TextField{Name: "finalizedAt"},
		&core.AutodateField{Name: "createdAt", OnCreate: true},
		&core.AutodateField{Name: "updatedAt", OnCreate: true, OnUpdate: true},
	)
	// Ids as long as those of the others. Their alphabet stays the default: with any other,
	// PocketBase makes a second query for each.
	if id, ok := c.Fields.GetByName("id").(*core.TextField); ok {
		id.Max = 64
	}
	c.AddIndex("sessions_by_agent", false, "agentId", "")
	anybody := ""
	c.ListRule, c.ViewRule, c.CreateRule, c.UpdateRule, c.DeleteRule = &anybody, &anybody, &anybody, &anybody, &anybody
	return c
}
