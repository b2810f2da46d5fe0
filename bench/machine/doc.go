// Package machine says what Linux knows of a process, of the processors and of the disk.
package machine
