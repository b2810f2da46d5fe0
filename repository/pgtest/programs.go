package pgtest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// Every version that Debian packages has a directory of its own, which is not in PATH.
const debian = "/usr/lib/postgresql/*/bin"

var errMissing = errors.New("PostgreSQL is missing: apt-get install postgresql")

// Available says whether the programs of PostgreSQL are there, and if not, what to install.
func Available() (reason string, ok bool) {
	if _, err := programs(); err != nil {
		return err.Error(), false
	}
	return "", true
}

// programs returns the directory of PostgreSQL's programs: of Debian's newest version, else
// where PATH leads.
func programs() (string, error) {
	dirs, err := filepath.Glob(debian)
	if err != nil {
		return "", err
	}
	best, newest := "", 0.0
	for _, dir := range dirs {
		version, err := strconv.ParseFloat(filepath.Base(filepath.Dir(dir)), 64)
		if err == nil && version > newest && complete(dir) {
			best, newest = dir, version
		}
	}
	if best != "" {
		return best, nil
	}
	if path, err := exec.LookPath("postgres"); err == nil && complete(filepath.Dir(path)) {
		return filepath.Abs(filepath.Dir(path))
	}
	return "", errMissing
}

// complete says whether a directory has all programs that are called. Debian's packages for
// clients bring some of them only.
func complete(dir string) bool {
	for _, name := range []string{"initdb", "pg_basebackup", "postgres", "psql"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return false
		}
	}
	return true
}
