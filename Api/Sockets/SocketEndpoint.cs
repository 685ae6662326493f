using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Squad.Api.Auth;
using Squad.Platform.Accounts;
using Squad.Api.Errors;
using Squad.Api.Live;

namespace Squad.Api.Sockets;

/// <summary><c>GET /ws?session=ID&amp;token=JWT&amp;after=SEQ</c>, upgraded to a WebSocket; see <see cref="WatchSocket"/>.</summary>
public static class SocketEndpoint
{
    public static void MapSockets(this IEndpointRouteBuilder routes) => routes.Map("/ws", HandleAsync).RequireAuthorization().ExcludeFromDescription();

    private static async Task<IResult> HandleAsync(HttpContext http, EventRelay relay, StreamAccess access, string? session = null, long after = 0)
    {
        if (!http.WebSockets.IsWebSocketRequest)
            return new SquadError(ErrorKind.Malformed, "ws.upgrade", "This address speaks WebSocket: ask with an Upgrade header.").ToHttp();
        using var socket = await http.WebSockets.AcceptWebSocketAsync();
        await new WatchSocket(socket, http.User.User(), relay, access).RunAsync(session, after, http.RequestAborted);
        return Results.Empty;
    }
}
