package web

// adminPager says which part of a list is shown, and leads to the others.
type adminPager struct {
	From, To, Total thousands // From and To are numbers of sessions, from 1
	Page, Pages     int64
	Previous, Next  string // addresses; empty where there is none
}

// newAdminPager returns the pager of a list of sessions.
func newAdminPager(v AdminSessionsView) adminPager {
	first := (v.Page-1)*v.PerPage + 1
	pager := adminPager{
		From:  thousands(first),
		To:    thousands(first + int64(len(v.Rows)) - 1),
		Total: thousands(v.Total),
		Page:  v.Page,
		Pages: max((v.Total+v.PerPage-1)/v.PerPage, 1),
	}
	if v.Page > 1 {
		pager.Previous = v.at(min(v.Page-1, pager.Pages))
	}
	if v.Page < pager.Pages {
		pager.Next = v.at(v.Page + 1)
	}
	return pager
}
