package mockprovider

import (
	"net/http"
)

func (c *call) listSessions() (answer, error) {
	sessions := []SessionInfo{}
	for _, session := range c.server.Sessions() {
		sessions = append(sessions, session.Info())
	}
	return answer{http.StatusOK, map[string]any{"sessions": sessions}}, nil
}

func (c *call) addSession() (answer, error) {
	var body struct {
		Name string `json:"name"`
	}
	if err := c.decode(&body); err != nil {
		return answer{}, err
	}
	session, err := c.server.AddSession(c.Context(), body.Name)
	if err != nil {
		return answer{}, err
	}
	info := session.Info()
	info.Key = session.Key()
	return answer{http.StatusCreated, info}, nil
}

func (c *call) dropSession() (answer, error) {
	return answer{status: http.StatusNoContent}, c.server.DropSession(c.Context(), c.PathValue("name"))
}

func (c *call) reset() (answer, error) {
	return answer{status: http.StatusNoContent}, c.session.Reset(c.Context())
}
