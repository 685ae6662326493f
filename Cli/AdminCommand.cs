using System.CommandLine;
using Squad.Cluster;
using Squad.Sessions;

namespace Squad.Cli;

/// <summary><c>squad admin …</c>: what the operator of this machine does through the silo's gateway, without a token. The gateway lets in the silo's own user and root.</summary>
internal static class AdminCommand
{
    private static readonly Option<string> Data = new("--data")
    {
        Description = "Data directory of the silo. Default: SQUAD_DATA, else ./data.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("SQUAD_DATA") is { Length: > 0 } set ? set : "data",
        Recursive = true,
    };

    private static readonly Option<bool> Json = new("--json") { Description = "Print JSON for programs.", Recursive = true };

    public static Command Create()
    {
        var id = new Argument<string>("id") { Description = "Id of the session." };
        var status = new Command("status", "Says what the silo runs: nodes, their room, and who waits.");
        var sessions = new Command("sessions", "Lists the sessions that run or wait.");
        var stop = new Command("stop", "Stops a session, as its owner could.") { id };
        status.SetAction((line, cancellation) => SiloConnection.UseAsync(line.GetRequiredValue(Data), silo => StatusAsync(silo, line.GetValue(Json)), cancellation));
        sessions.SetAction((line, cancellation) => SiloConnection.UseAsync(line.GetRequiredValue(Data), silo => SessionsAsync(silo, line.GetValue(Json)), cancellation));
        stop.SetAction((line, cancellation) =>
            SiloConnection.UseAsync(line.GetRequiredValue(Data), silo => StopAsync(silo, line.GetRequiredValue(id), line.GetValue(Json)), cancellation));
        return new Command("admin", "Looks after the silo of this machine.") { Data, Json, status, sessions, stop };
    }

    private static async Task<int> StatusAsync(SiloConnection silo, bool json)
    {
        var snapshot = await silo.Scheduler.Snapshot();
        if (json)
            return Print.Json(new { silo.Gateway, snapshot.Nodes, snapshot.Waiting });
        Print.Table(
            ["NODE", "STATE", "RUNNING", "CAPACITY"],
            snapshot.Nodes.Select(node => new[] { node.Name, node.Up ? "up" : "down", $"{node.Running.Length}", $"{node.Capacity}" }));
        Console.WriteLine($"{snapshot.Waiting.Length} waiting. Gateway {silo.Gateway}.");
        return ExitCode.Done;
    }

    private static async Task<int> SessionsAsync(SiloConnection silo, bool json)
    {
        var snapshot = await silo.Scheduler.Snapshot();
        var ids = snapshot.Nodes.SelectMany(node => node.Running).Concat(snapshot.Waiting);
        // Those that were deleted meanwhile are null.
        var sessions = (await Task.WhenAll(ids.Select(id => silo.Session(id).Get()))).OfType<SessionInfo>().OrderBy(session => session.CreatedAt).ToList();
        if (json)
            return Print.Json(sessions);
        Print.Table(
            ["ID", "STATE", "OWNER", "REPOSITORY", "NODE", "TITLE"],
            sessions.Select(s => new[] { s.Id, Print.Word(s.State), s.Owner, s.Repo, s.Node ?? "-", s.Title }));
        return ExitCode.Done;
    }

    private static async Task<int> StopAsync(SiloConnection silo, string id, bool json)
    {
        var stopped = await silo.Session(id).Stop();
        if (!stopped.IsOk)
            return Print.Error(stopped.Error, json);
        return json ? Print.Json(await silo.Session(id).Get()) : Print.Line($"Session {id} is asked to stop.");
    }
}
