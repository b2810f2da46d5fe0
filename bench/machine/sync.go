package machine

import (
	"errors"
	"os"
	"syscall"
	"time"
)

const syncBlock = 4 << 10 // bytes: a page of a database

// SyncTimes appends a block to a file in the directory and has it on disk, so many times.
func SyncTimes(dir string, rounds int, now func() time.Time) ([]time.Duration, error) {
	f, err := os.CreateTemp(dir, "sync-*")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	times, block := make([]time.Duration, rounds), make([]byte, syncBlock)
	for i := range times {
		began := now()
		_, err := f.Write(block)
		if err = errors.Join(err, syscall.Fdatasync(int(f.Fd()))); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		times[i] = now().Sub(began)
	}
	return times, f.Close()
}
