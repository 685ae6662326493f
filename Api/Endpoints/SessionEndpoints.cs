using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Orleans;
using Squad.Api.Auth;
using Squad.Platform.Accounts;
using Squad.Api.Errors;
using Squad.Api.Live;
using Squad.Api.Sessions;
using Squad.Events;
using Squad.Platform.Events;
using Squad.Sessions;

namespace Squad.Api.Endpoints;

/// <summary><c>/v1/sessions</c>: start, look, steer, end.</summary>
public static class SessionEndpoints
{
    private const int EventsMax = 10_000;
    private const int InputCharsMax = 64 * 1024;

    public static void MapSessions(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/sessions").RequireAuthorization().WithTags("Sessions");
        group.MapPost("/", StartAsync).WithName("StartSession");
        group.MapGet("/", ListAsync).WithName("ListSessions");
        group.MapGet("/{id}", GetAsync).WithName("GetSession");
        group.MapDelete("/{id}", (string id, ClaimsPrincipal p, StreamAccess a, IGrainFactory g) => ActAsync(id, p, a, g, s => s.Delete())).WithName("DeleteSession");
        group.MapPost("/{id}/stop", (string id, ClaimsPrincipal p, StreamAccess a, IGrainFactory g) => ActAsync(id, p, a, g, s => s.Stop())).WithName("StopSession");
        group.MapPost("/{id}/pause", (string id, ClaimsPrincipal p, StreamAccess a, IGrainFactory g) => ActAsync(id, p, a, g, s => s.Pause())).WithName("PauseSession");
        group.MapPost("/{id}/resume", (string id, ClaimsPrincipal p, StreamAccess a, IGrainFactory g) => ActAsync(id, p, a, g, s => s.Resume())).WithName("ResumeSession");
        group.MapPost("/{id}/input", InputAsync).WithName("TypeIntoSession");
        group.MapPost("/{id}/resize", ResizeAsync).WithName("ResizeSession");
        group.MapGet("/{id}/events", EventsAsync).WithName("ReadSessionEvents");
    }

    private static async Task<IResult> StartAsync(
        StartSessionRequest request, ClaimsPrincipal principal, SessionStarter starter, [FromHeader(Name = "Idempotency-Key")] string? idempotencyKey = null)
    {
        var started = await starter.StartAsync(principal.User(), request, idempotencyKey);
        return started.IsOk ? Results.Created($"/v1/sessions/{started.Value.Id}", SessionView.Of(started.Value)) : started.Error.ToHttp();
    }

    private static async Task<IResult> ListAsync(
        ClaimsPrincipal principal, SessionList list, CancellationToken cancellation, string? state = null, string? repo = null, string? cursor = null, int limit = 50)
    {
        var page = await list.ReadAsync(principal.User(), state, repo, cursor, limit, cancellation);
        return page.IsOk ? Results.Ok(page.Value) : page.Error.ToHttp();
    }

    private static async Task<IResult> GetAsync(string id, ClaimsPrincipal principal, StreamAccess access)
    {
        var session = await access.SessionAsync(principal.User(), id);
        return session.IsOk ? Results.Ok(SessionView.Of(session.Value)) : session.Error.ToHttp();
    }

    private static async Task<IResult> InputAsync(string id, InputRequest request, ClaimsPrincipal principal, StreamAccess access, IGrainFactory grains)
    {
        if (request.Text is null or { Length: > InputCharsMax })
            return SquadError.Invalid(new FieldError("text", "length", $"Text to type is needed, at most {InputCharsMax} characters.")).ToHttp();
        var user = principal.User();
        return await ActAsync(id, principal, access, grains, s => s.Input(new SessionInput(user.Username, request.Text, request.Enter ?? true)));
    }

    private static Task<IResult> ResizeAsync(string id, ResizeRequest request, ClaimsPrincipal principal, StreamAccess access, IGrainFactory grains) =>
        SessionRules.Check(request) is { IsOk: false } wrong
            ? Task.FromResult(wrong.ToHttp())
            : ActAsync(id, principal, access, grains, s => s.Resize(request.Columns, request.Rows));

    private static async Task<IResult> EventsAsync(
        string id, HttpContext http, ClaimsPrincipal principal, StreamAccess access, EventRelay relay, IEventLog log, TimeProvider time, long after = 0, int limit = 1000)
    {
        var session = await access.SessionAsync(principal.User(), id);
        if (!session.IsOk)
            return session.Error.ToHttp();
        var live = http.Request.Headers.Accept.Any(a => a?.Contains("text/event-stream", StringComparison.OrdinalIgnoreCase) == true);
        if (live && http.Request.Headers["Last-Event-ID"] is [{ Length: > 0 } last] && !long.TryParse(last, out after))
            return SquadError.Invalid(new FieldError("Last-Event-ID", "number", $"Last-Event-ID must be the number of an event; got '{last}'.")).ToHttp();
        var stream = EventStreams.Session(id);
        var cursor = await relay.CheckCursorAsync(stream, after, http.RequestAborted);
        if (!cursor.IsOk)
            return cursor.Error.ToHttp();
        if (live)
        {
            await SseWriter.WriteAsync(http, relay.WatchAsync(stream, after, cancellation: http.RequestAborted), time);
            return Results.Empty;
        }

        if (limit is < 1 or > EventsMax)
            return SquadError.Invalid(new FieldError("limit", "range", $"limit must be 1 to {EventsMax}.")).ToHttp();
        return new EventsPage(log, stream, after, limit);
    }

    private static async Task<IResult> ActAsync(string id, ClaimsPrincipal principal, StreamAccess access, IGrainFactory grains, Func<ISessionGrain, Task<Result>> act)
    {
        var session = await access.SessionAsync(principal.User(), id);
        if (!session.IsOk)
            return session.Error.ToHttp();
        var done = await act(grains.GetGrain<ISessionGrain>(id));
        return done.IsOk ? Results.Accepted() : done.Error.ToHttp();
    }
}
