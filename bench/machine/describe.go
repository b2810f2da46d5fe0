package machine

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Machine is what figures depend on.
type Machine struct {
	CPU        string `json:"cpu"`
	Cores      int    `json:"cores"`
	Kernel     string `json:"kernel"`
	Go         string `json:"go"`
	FileSystem string `json:"fileSystem"` // where the databases are
}

// Describe describes the machine; dir is where the databases are.
func Describe(dir string) (Machine, error) {
	cpu, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return Machine{}, err
	}
	kernel, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return Machine{}, err
	}
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return Machine{}, err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return Machine{}, err
	}
	return Machine{
		CPU: cpuModel(cpu), Cores: runtime.NumCPU(), Kernel: strings.TrimSpace(string(kernel)), Go: runtime.Version(),
		FileSystem: fileSystem(mounts, dir),
	}, nil
}

// cpuModel is empty where the processor has no name, as on ARM.
func cpuModel(cpuinfo []byte) string {
	for line := range bytes.Lines(cpuinfo) {
		key, value, _ := bytes.Cut(line, []byte(":"))
		if string(bytes.TrimSpace(key)) == "model name" {
			return string(bytes.TrimSpace(value))
		}
	}
	return ""
}

// fileSystem returns the type of what is mounted at the directory, or nearest above it. Of two at
// one place the later hides the earlier.
func fileSystem(mounts []byte, dir string) string {
	found, at := "", ""
	for line := range bytes.Lines(mounts) {
		fields := strings.Fields(string(line))
		if len(fields) < 3 || len(fields[1]) < len(at) {
			continue
		}
		above := strings.TrimSuffix(fields[1], "/") + "/"
		if strings.HasPrefix(dir+"/", above) {
			at, found = fields[1], fields[2]
		}
	}
	return found
}
