using Squad.Tests.Support;

namespace Squad.EndToEnd;

/// <summary>Tests that need a server and do not harm it share one.</summary>
[CollectionDefinition(nameof(OneServer))]
public sealed class OneServer : ICollectionFixture<RunningServer>;

/// <summary>A server with process sandboxes, its administrator signed in, and what most tests begin from.</summary>
public sealed class RunningServer : IAsyncLifetime
{
    private Task<string>? ended;

    public SquadServer Server { get; private set; } = null!;

    public SquadUser User { get; private set; } = null!;

    /// <summary>A repository with one commit on <c>main</c>.</summary>
    public string Repo { get; private set; } = null!;

    /// <summary>A session that printed <c>hello</c> and stopped.</summary>
    public Task<string> EndedSessionAsync() => ended ??= EndAsync();

    public async ValueTask InitializeAsync()
    {
        Server = await SquadServer.StartAsync("process");
        User = await SquadUser.SignInAsync(Server);
        Repo = await User.PushRepositoryAsync("tested");
    }

    public async ValueTask DisposeAsync()
    {
        User.Dispose();
        await Server.DisposeAsync();
    }

    private async Task<string> EndAsync()
    {
        var id = await User.StartSessionAsync(Repo, "echo hello");
        await User.SessionReachesAsync(id, "stopped");
        return id;
    }
}
