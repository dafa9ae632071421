package api

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"moiso/internal/engine"
	"moiso/internal/media"
	"moiso/internal/queue"
	"moiso/internal/view"
)

// MediaLimit is the most bytes of a centre's files when Options names no other.
const MediaLimit = 500 << 20

// stream makes a route whose body is not JSON and may be long: it is read as it comes,
// and its own function bounds it. The limit of all other routes stays as it is.
func stream(method, path string, who access, h func(*API, *request, http.ResponseWriter, *http.Request) error, summary string, describe func(*API, *huma.Operation)) route {
	return route{method, path, who, summary, true, func(a *API, r route) {
		op := a.operation(r)
		describe(a, &op)
		a.huma.OpenAPI().AddOperation(&op)
		serve := func(ctx huma.Context) {
			req, w := humago.Unwrap(ctx)
			rq := requestOf(ctx.Context())
			if err := h(a, rq, w, req); err != nil {
				a.refuse(rq, err).write(w)
			}
		}
		a.huma.Adapter().Handle(&op, op.Middlewares.Handler(serve))
	}}
}

// Media are a centre's files.
type Media struct {
	Files []queue.Medium `json:"files" doc:"In the order they came"`
	Used  int64          `json:"used" doc:"Bytes of all of them"`
	Limit int64          `json:"limit" doc:"Bytes that they may have together"`
}

type mediaOut struct {
	Body Media
}

func (a *API) mediaLimit() int64 {
	if a.o.MediaLimit > 0 {
		return a.o.MediaLimit
	}
	return MediaLimit
}

func (a *API) media(rq *request, _ *InCenter) (*mediaOut, error) {
	out := &mediaOut{Body: Media{Limit: a.mediaLimit()}}
	return out, a.engine.View(rq.ctx, rq.center, func(s *queue.State, _ view.Stamp) error {
		out.Body.Files, out.Body.Used = append([]queue.Medium{}, s.Media...), s.MediaBytes()
		return nil
	})
}

// describeUpload is what the OpenAPI document says of an upload.
func describeUpload(a *API, op *huma.Operation) {
	text := &huma.Schema{Type: huma.TypeString}
	op.Parameters = []*huma.Param{
		{Name: "c", In: "path", Required: true, Description: "Id of a centre, as in the list of centres", Schema: text},
		{Name: "name", In: "query", Required: true, Description: "What people call the file, 1 to 120 characters", Schema: text},
	}
	content := map[string]*huma.MediaType{}
	for _, kind := range append([]string{"application/octet-stream"}, queue.MediaTypes...) {
		content[kind] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	}
	op.RequestBody = &huma.RequestBody{Required: true, Content: content}
	medium := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[queue.Medium](), true, "")
	answer := map[string]*huma.MediaType{"application/json": {Schema: medium}}
	op.Responses["201"] = &huma.Response{Description: "The file is there", Content: answer}
	op.Responses["200"] = &huma.Response{Description: "The file was there already", Content: answer}
}

// upload takes a file in: first its bytes, durably, then the word of it in the log.
func (a *API) upload(rq *request, w http.ResponseWriter, r *http.Request) error {
	if a.o.Media == nil {
		return refusal(codeNotFound, "this server keeps no media")
	}
	limit := a.mediaLimit()
	if err := a.engine.View(rq.ctx, rq.center, func(*queue.State, view.Stamp) error { return nil }); err != nil {
		return err // no such centre: not a byte is read
	}
	if r.ContentLength > limit {
		return refusal(codeTooLarge, "the file has %d bytes; %d are the most that a centre's files may have together", r.ContentLength, limit)
	}
	f, err := a.o.Media.Put(string(rq.center), media.Patient(rq.ctx, w, r.Body), limit)
	if err != nil {
		return notTaken(err)
	}
	m := queue.Medium{Hash: f.Hash, Name: r.URL.Query().Get("name"), Type: f.Type, Bytes: f.Bytes}
	was, err := a.tellMedia(rq, m, limit)
	if err != nil {
		return err
	}
	status := http.StatusCreated
	if was {
		status = http.StatusOK
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	return strict.Marshal(w, m)
}

// tellMedia says in the log that a file is there, and whether it was said before. What
// the log does not take does not stay.
func (a *API) tellMedia(rq *request, m queue.Medium, limit int64) (was bool, err error) {
	a.mediaMu.Lock()
	defer a.mediaMu.Unlock()
	if was, err = a.hasMedia(rq, m.Hash); err != nil {
		return false, err
	}
	if !a.o.Media.Has(string(rq.center), m.Hash) {
		return false, refusal(codeBusy, "the same file was deleted just now; send it again")
	}
	call, err := rq.call("", "", nil)
	if err != nil {
		return false, err
	}
	_, err = a.do(rq, "add-media", queue.AddMedium{Medium: m, Limit: limit}, call)
	var refused *queue.Error
	if errors.As(err, &refused) && !was {
		err = errors.Join(err, a.o.Media.Remove(string(rq.center), m.Hash))
	}
	return was, err
}

func (a *API) hasMedia(rq *request, hash string) (has bool, err error) {
	err = a.engine.View(rq.ctx, rq.center, func(s *queue.State, _ view.Stamp) error {
		has = s.Medium(hash) != nil
		return nil
	})
	return has, err
}

// notTaken says of an upload why it was not kept.
func notTaken(err error) error {
	switch {
	case errors.Is(err, media.ErrType), errors.Is(err, media.ErrEmpty):
		return refusal(codeUnsupportedMedia, "%v", err)
	case errors.Is(err, media.ErrTooLarge):
		return refusal(codeTooLarge, "%v", err)
	case errors.Is(err, media.ErrCut):
		return refusal(codeMalformed, "%v; nothing of it was kept", media.ErrCut)
	case errors.Is(err, media.ErrDiskFull):
		return fmt.Errorf("%w: the disk has no room for the file; nothing of it was kept (%w)", engine.ErrStorage, err)
	}
	return err
}

type removeMediaIn struct {
	InCenter
	Keyed
	Hash string `path:"hash" maxLength:"64" doc:"SHA-256 of the file in hex"`
}

// removeMedia takes the word of a file out of the log, then the file off the disk.
func (a *API) removeMedia(rq *request, in *removeMediaIn) (*mediaOut, error) {
	call, err := rq.call(in.Key, "", nil)
	if err != nil {
		return nil, err
	}
	a.mediaMu.Lock()
	defer a.mediaMu.Unlock()
	if _, err := a.do(rq, "remove-media", queue.RemoveMedium{Hash: in.Hash}, call); err != nil {
		return nil, err
	}
	if a.o.Media != nil {
		if err := a.o.Media.Remove(string(rq.center), in.Hash); err != nil {
			return nil, err
		}
	}
	return a.media(rq, nil)
}

// CityMessages are lines at the foot of all screens of the city.
type CityMessages struct {
	Messages []queue.Message `json:"messages"`
}

type cityMessagesOut struct {
	Body CityMessages
}

type setCityMessagesIn struct {
	Keyed
	Body CityMessages
}

// cityMessages are kept with each centre, so that a board is made of its centre's log
// alone; all have the same, and the first is asked.
func (a *API) cityMessages(rq *request, _ *struct{}) (*cityMessagesOut, error) {
	out := &cityMessagesOut{Body: CityMessages{Messages: []queue.Message{}}}
	list, err := a.engine.Centers(rq.ctx)
	if err != nil || len(list) == 0 {
		return out, err
	}
	return out, a.engine.View(rq.ctx, queue.CenterID(list[0].ID), func(s *queue.State, _ view.Stamp) error {
		out.Body.Messages = append(out.Body.Messages, s.CityMessages...)
		return nil
	})
}

// setCityMessages tells every centre. One that cannot be told fails the request;
// repeating it tells those that were not.
func (a *API) setCityMessages(rq *request, in *setCityMessagesIn) (*cityMessagesOut, error) {
	list, err := a.engine.Centers(rq.ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		call, err := rq.call(in.Key, "", in.Body)
		if err != nil {
			return nil, err
		}
		begun := time.Now()
		_, err = a.engine.Do(rq.ctx, queue.CenterID(c.ID), queue.SetCityMessages{Messages: in.Body.Messages}, call)
		a.metrics.command("set-city-messages", err, time.Since(begun))
		if err != nil {
			return nil, err
		}
	}
	return a.cityMessages(rq, nil)
}
