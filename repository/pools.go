package repository

import (
	"database/sql"
	"errors"

	"gorm.io/gorm"
)

// Close waits for what is under way and closes the database.
func (s *Store) Close() error {
	var errs []error
	for _, pool := range s.pools() {
		errs = append(errs, pool.Close())
	}
	return errors.Join(errs...)
}

// pools are those that are open, by what they are for.
func (s *Store) pools() map[string]*sql.DB {
	handles := map[string]*gorm.DB{"write": s.write, "stream": s.stream}
	if s.read != s.write {
		handles["read"] = s.read
	}
	pools := make(map[string]*sql.DB, len(handles))
	for name, handle := range handles {
		if handle == nil {
			continue
		}
		if pool, err := handle.DB(); err == nil {
			pools[name] = pool
		}
	}
	return pools
}
