using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Squad.Api.Auth;
using Squad.Api.Errors;
using Squad.Api.Git;
using Squad.Platform.Accounts;
using Squad.Platform.Git;
using Squad.Platform.Storage;

namespace Squad.Bench;

/// <summary>Squad's git endpoints and sign-in on a real port, with one user who may everything.</summary>
internal sealed class GitBenchHost : IAsyncDisposable, IUserDirectory, IRepositoryAccess, IRepositoryEvents
{
    private const string Owner = "bench";
    private const string Password = "bench-password";
    private WebApplication _app = null!;
    private UserIdentity? _user;

    /// <summary>With the sign-in and the owner: a repository's name and <c>.git</c> follow after a slash.</summary>
    public string Url => $"http://{AdminSetup.Username}:{Password}@{new Uri(_app.Urls.First()).Authority}/{Owner}";

    public static async Task<GitBenchHost> StartAsync(string directory)
    {
        var host = new GitBenchHost();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Squad:Storage:DataDirectory"] = directory,
            [AuthOptions.AdminPasswordKey] = Password,
        });
        builder.Services.AddSingleton<IUserDirectory>(host);
        builder.Services.AddSingleton<IRepositoryAccess>(host);
        builder.Services.AddSingleton<IRepositoryEvents>(host);
        builder.Services.AddRoutingCore();
        builder.Services.AddSquadErrors();
        builder.Services.AddSquadStorage(builder.Configuration);
        builder.Services.AddSquadAuth(builder.Configuration);
        builder.Services.AddSquadGit(builder.Configuration);
        host._app = builder.Build();
        host._app.UseSquadErrors();
        host._app.UseAuthentication();
        host._app.UseAuthorization();
        host._app.MapGit();
        await host._app.StartAsync();
        return host;
    }

    public string PathOf(string name) => Repositories.PathOf(Named(name));

    public async Task CreateAsync(string name, CancellationToken cancellation) => Ensure(await Repositories.CreateAsync(Named(name), cancellation));

    /// <summary>Imports and packs, as it is after some time of quiet.</summary>
    public async Task ImportAsync(string name, string path, CancellationToken cancellation)
    {
        var options = _app.Services.GetRequiredService<Microsoft.Extensions.Options.IOptions<GitOptions>>().Value;
        Ensure(await _app.Services.GetRequiredService<GitImport>().RunAsync(Named(name), ImportSource.Parse(path, admin: true, options).Value!, cancellation: cancellation));
        Ensure(await _app.Services.GetRequiredService<GitMaintenance>().RunAsync(Named(name), always: true, cancellation));
    }

    public Task<Result<UserIdentity>> CreateAsync(string username, IReadOnlyList<string> roles, CancellationToken cancellation = default)
    {
        _user = new UserIdentity("1", username, [.. roles]);
        return Task.FromResult<Result<UserIdentity>>(_user);
    }

    public Task<UserIdentity?> FindAsync(string id, CancellationToken cancellation = default) => Task.FromResult(_user);

    public Task<UserIdentity?> FindByNameAsync(string username, CancellationToken cancellation = default) => Task.FromResult(_user);

    public Task<Result<RepositoryName>> ResolveAsync(UserIdentity user, string owner, string name, bool write, CancellationToken cancellation = default) =>
        Task.FromResult(RepositoryName.Parse(owner, name));

    public Task RefsChangedAsync(string owner, string name) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private GitRepositories Repositories => _app.Services.GetRequiredService<GitRepositories>();

    private static RepositoryName Named(string name) => RepositoryName.Parse(Owner, name).Value!;

    private static void Ensure(Result result)
    {
        if (!result.IsOk)
            throw new InvalidOperationException(result.Error.Message);
    }
}
