package repository

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// giveUpAfter ends a connection whose other side does not acknowledge what was sent for that long:
// the kernel would try for a quarter of an hour.
func giveUpAfter(d time.Duration) func(network, address string, c syscall.RawConn) error {
	return func(network, _ string, c syscall.RawConn) error {
		if network == "unix" {
			return nil
		}
		var failed error
		err := c.Control(func(fd uintptr) {
			failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(d.Milliseconds()))
		})
		if err == nil {
			err = failed
		}
		return err
	}
}
