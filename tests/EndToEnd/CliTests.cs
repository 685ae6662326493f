using System.Diagnostics;
using System.Text.Json;
using Squad.Tests.Support;

namespace Squad.EndToEnd;

/// <summary>What the operator does with <c>squad admin</c>, against a real server.</summary>
[Collection(nameof(OneServer))]
public sealed class CliTests(RunningServer running)
{
    private static string Program { get; } = Path.Combine(Checkout.Root, "Cli", Checkout.Output, "squad");

    [Fact]
    public async Task Status_tells_nodes_room_and_who_waits()
    {
        var (code, output, _) = await SquadAsync("status");
        Assert.Equal(0, code);
        Assert.Matches(@"NODE\s+STATE\s+RUNNING\s+CAPACITY", output);
        Assert.Matches($@"{Path.GetFileName(running.Server.Data)}\s+up\s+\d+\s+8", output);
        var gateway = Checkout.IsOnOrleansPackages ? @"gwy\.tcp://127\.0\.0\.1:\d+/\d+" : $@"{running.Server.Data}/silo/gateway\.sock";
        Assert.Matches($@"Gateway {gateway}\.", output);

        var json = JsonSerializer.Deserialize<JsonElement>((await SquadAsync("status", "--json")).Output);
        Assert.Equal(8, json.GetProperty("nodes")[0].GetProperty("capacity").GetInt32());
        Assert.Equal(JsonValueKind.Array, json.GetProperty("waiting").ValueKind);
    }

    [Fact]
    public async Task A_session_is_listed_and_stopped()
    {
        var id = await running.User.StartSessionAsync(running.Repo, "read word");
        await running.User.SessionReachesAsync(id, "running");
        Assert.Matches($@"{id}\s+running\s+admin\s+{running.Repo}\s+{Path.GetFileName(running.Server.Data)}", (await SquadAsync("sessions")).Output);
        var listed = JsonSerializer.Deserialize<JsonElement>((await SquadAsync("sessions", "--json")).Output);
        Assert.Contains(listed.EnumerateArray(), session => session.GetProperty("id").GetString() == id && session.GetProperty("state").GetString() == "running");

        var (code, output, _) = await SquadAsync("stop", id);
        Assert.Equal((0, $"Session {id} is asked to stop.\n"), (code, output));
        await running.User.SessionReachesAsync(id, "stopped");
        Assert.DoesNotContain(id, (await SquadAsync("sessions")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_refused_and_what_is_not_there_have_their_own_exit_codes()
    {
        var (code, output, error) = await SquadAsync("stop", "no-such-session");
        Assert.Equal((1, ""), (code, output));
        Assert.StartsWith("session.notFound: ", error, StringComparison.Ordinal);

        var empty = Directory.CreateTempSubdirectory("squad-cli-").FullName;
        (code, output, error) = await RunAsync("admin", "status", "--data", empty);
        Assert.Equal((3, ""), (code, output));
        Assert.Equal($"No silo runs on the data directory {empty}: there is no socket {empty}/silo/gateway.sock. "
            + "Start one with 'make run', or say with --data which directory it has.\n", error);
        Directory.Delete(empty);

        (code, _, error) = await RunAsync("admin", "nonsense");
        Assert.Equal(1, code);
        Assert.Contains("nonsense", error, StringComparison.Ordinal);
    }

    private Task<(int Code, string Output, string Error)> SquadAsync(params string[] arguments) => RunAsync(["admin", .. arguments, "--data", running.Server.Data]);

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }
}
