using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;
using Squad.Api.Auth;
using Squad.Platform.Accounts;
using Squad.Api.Live;

namespace Squad.Api.Hubs;

/// <summary>SignalR hub <c>/hubs/events</c>.</summary>
[Authorize]
public sealed class EventsHub(EventRelay relay, StreamAccess access) : Hub
{
    /// <summary>Everything in the stream after the cursor, then everything that comes, until the client cancels. A failure says <c>code: message</c>.</summary>
    /// <param name="stream"><c>session/ID</c>, or <c>sessions/USERID</c> for the user's board.</param>
    /// <param name="after">Sequence number of the last event the client has; 0 for all.</param>
    public async IAsyncEnumerable<EventsMessage> Watch(string stream, long after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var user = Context.User!.User();
        var allowed = await access.StreamAsync(user, stream);
        if (allowed.IsOk)
            allowed = await relay.CheckCursorAsync(stream, after, cancellation);
        if (!allowed.IsOk)
            throw new HubException($"{allowed.Error.Code}: {allowed.Error.Message}");
        await foreach (var batch in relay.WatchAsync(stream, after, cancellation: cancellation))
            yield return new EventsMessage(batch);
    }
}
