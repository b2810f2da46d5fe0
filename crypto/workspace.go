package crypto

import "sync"

// workspace is memory that is used again by the next who seals or opens.
type workspace struct{ place, in, out []byte }

// maxWorkspace is how large a workspace may have become to be kept: one large message must not hold
// its memory for ever.
const maxWorkspace = 64 << 10

var workspaces = sync.Pool{New: func() any { return new(workspace) }}

func takeWorkspace() *workspace { return workspaces.Get().(*workspace) }

func (w *workspace) release() {
	if cap(w.in) <= maxWorkspace && cap(w.out) <= maxWorkspace {
		workspaces.Put(w)
	}
}
