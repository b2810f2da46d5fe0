package e2e

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "github.com/mattn/go-sqlite3"    // the driver "sqlite3"

	"sessionhub/repository/pgtest"
)

// postgresScheme is how the address of a PostgreSQL database begins.
const postgresScheme = "postgres://"

// databaseURL is where an installation keeps its data: a file of its own, or with TEST_ON=postgres a
// schema of its own.
func databaseURL(t *testing.T, file string) string {
	t.Helper()
	if os.Getenv("TEST_ON") != "postgres" {
		return "sqlite://" + file
	}
	return newSchema(t, postgresURL(t))
}

// postgresURL is that of the PostgreSQL for all tests: the one that TEST_POSTGRES names, or else one
// that is there until the tests end.
func postgresURL(t *testing.T) string {
	t.Helper()
	if named := os.Getenv("TEST_POSTGRES"); named != "" {
		return named
	}
	needPostgres(t)
	cluster, err := sharedCluster()
	if err != nil {
		t.Fatal(err)
	}
	return cluster.URL(pgtest.Database)
}

// needPostgres ends a test on a machine where no cluster can be made.
func needPostgres(t *testing.T) {
	t.Helper()
	if reason, ok := pgtest.Available(); !ok {
		missing(t, reason)
	}
}

// sharedClusterMade stops the cluster that sharedCluster has made, if it did.
var sharedClusterMade = func() error { return nil }

var sharedCluster = sync.OnceValues(func() (*pgtest.Cluster, error) {
	cluster, err := pgtest.Start(context.Background(), pgtest.Options{})
	if err == nil {
		sharedClusterMade = cluster.Stop
	}
	return cluster, err
})

// newCluster is a PostgreSQL of the test's own.
func newCluster(t *testing.T, o pgtest.Options) *pgtest.Cluster {
	t.Helper()
	needPostgres(t)
	cluster, err := pgtest.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stopCluster(t, cluster) })
	return cluster
}

func stopCluster(t *testing.T, c *pgtest.Cluster) {
	t.Helper()
	if err := c.Stop(); err != nil {
		t.Error(err)
	}
}

// newSchema makes an empty schema and returns the address with which it is the one that is used. Its
// connections have its name.
func newSchema(t *testing.T, base string) string {
	t.Helper()
	name := "test_" + strings.ToLower(rand.Text())
	db := openSQL(t, base)
	if _, err := db.Exec("CREATE SCHEMA " + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := db.Exec("DROP SCHEMA " + name + " CASCADE"); err != nil {
			t.Errorf("drop the schema: %v", err)
		}
	})
	return withParameters(t, base, "search_path", name, "application_name", name)
}

// withParameters is the address with these parameters, given by name and value.
func withParameters(t *testing.T, address string, parameters ...string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	for k := 0; k < len(parameters); k += 2 {
		query.Set(parameters[k], parameters[k+1])
	}
	u.RawQuery = query.Encode()
	return u.String()
}

// parameter is the value of one in the address.
func parameter(t *testing.T, address, name string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get(name)
}

// openSQL opens a database beside the program, for as long as the test runs.
func openSQL(t *testing.T, address string) *sql.DB {
	t.Helper()
	driver := "pgx"
	if file, ok := strings.CutPrefix(address, "sqlite://"); ok {
		driver, address = "sqlite3", "file:"+file+"?_busy_timeout=5000"
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// onPostgres says where the data of the installation are.
func (i *installation) onPostgres() bool { return strings.HasPrefix(i.url, postgresScheme) }

// open opens the database beside the program. A statement for both engines has its parameters as $1,
// $2 and so on, in this order.
func (i *installation) open(t *testing.T) *sql.DB {
	t.Helper()
	return openSQL(t, i.url)
}

// awaitQuiet waits until PostgreSQL knows that every process of the installation is gone: what one
// that was killed had sent may be done after its end.
func (i *installation) awaitQuiet(t *testing.T) {
	t.Helper()
	if !i.onPostgres() {
		return
	}
	db := i.open(t)
	defer db.Close()
	const others = "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = current_setting('application_name') AND pid <> pg_backend_pid()"
	for deadline := time.Now().Add(startLimit); ; time.Sleep(pollInterval) {
		var n int
		if err := db.QueryRowContext(t.Context(), others).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d connections stay open", n)
		}
	}
}

// rows is what the tables of the installation hold, as text by the name of the table.
func (i *installation) rows(t *testing.T) map[string]string {
	t.Helper()
	db := i.open(t)
	defer db.Close()
	var names string
	const tables = "SELECT string_agg(tablename, ' ') FROM pg_tables WHERE schemaname = current_schema()"
	if err := db.QueryRowContext(t.Context(), tables).Scan(&names); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, name := range strings.Fields(names) {
		var text sql.NullString
		if err := db.QueryRowContext(t.Context(), "SELECT string_agg(t::text, ' ') FROM "+name+" t").Scan(&text); err != nil {
			t.Fatal(err)
		}
		all["the table "+name] = text.String
	}
	return all
}

// newInstallationOnDisk has a database of which every file is scanned: see installation.scan.
func newInstallationOnDisk(t *testing.T, env ...string) *installation {
	t.Helper()
	i := newInstallation(t, env...)
	if i.onPostgres() {
		i.cluster = newCluster(t, pgtest.Options{})
		i.use(i.cluster.URL(pgtest.Database))
	}
	return i
}

// scan returns where the marker stands in what the installation keeps, and in the texts: see scan. On
// PostgreSQL that is what the tables hold, and every file of a cluster that is there for the test.
func (i *installation) scan(t *testing.T, marker string, texts map[string]string) []string {
	t.Helper()
	if !i.onPostgres() {
		return scan(t, i.data(), marker, texts)
	}
	all := i.rows(t)
	for where, text := range texts {
		all[where] = text
	}
	found := scan(t, i.data(), marker, all)
	if i.cluster != nil {
		if _, err := i.cluster.Exec(t.Context(), "CHECKPOINT"); err != nil {
			t.Fatal(err)
		}
		found = append(found, scan(t, parameter(t, i.url, "host"), marker, nil)...)
	}
	return found
}
