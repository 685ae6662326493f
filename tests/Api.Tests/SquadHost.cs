using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Squad.Api.Auth;
using Squad.Api.Errors;
using Squad.Api.Git;
using Squad.Platform.Accounts;
using Squad.Platform.Git;
using Squad.Platform.Storage;

namespace Squad.Api.Tests;

/// <summary>Sign-in and git on a real port with a real database, in a directory of its own. Users and access rights are fakes.</summary>
public sealed class SquadHost : IAsyncDisposable
{
    public const string AdminPassword = "correct horse";

    private readonly WebApplication _app;
    private readonly bool _ownsDirectory;

    private SquadHost(WebApplication app, string directory, bool ownsDirectory)
    {
        _app = app;
        _ownsDirectory = ownsDirectory;
        Directory = directory;
    }

    public string Directory { get; }

    public Uri Url => new(_app.Urls.First());

    public IServiceProvider Services => _app.Services;

    public ManualTime Time { get; private init; } = new();

    public FakeUsers Users { get; private init; } = new();

    public FakeAccess Access { get; private init; } = new();

    public StringWriter Console { get; private init; } = new();

    public GitRepositories Repositories => Services.GetRequiredService<GitRepositories>();

    /// <summary>Starts a server. <paramref name="beside"/> is another process of the same installation, as far as the server can tell.</summary>
    public static async Task<SquadHost> StartAsync(string? adminPassword = AdminPassword, SquadHost? beside = null, params (string Key, string Value)[] settings)
    {
        var directory = beside?.Directory ?? System.IO.Directory.CreateTempSubdirectory("squad-api-").FullName;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft", LogLevel.Critical);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Squad:Storage:DataDirectory"] = Path.Combine(directory, "data"),
            ["Squad:Auth:PasswordIterations"] = "1000",
            [AuthOptions.AdminPasswordKey] = adminPassword,
        });
        builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create<string, string?>(s.Key, s.Value)));
        var time = beside?.Time ?? new ManualTime();
        var users = beside?.Users ?? new FakeUsers();
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddSingleton<IUserDirectory>(users);
        builder.Services.AddSingleton<IRepositoryAccess>(services => services.GetRequiredService<FakeAccess>());
        builder.Services.AddSingleton<IRepositoryEvents>(services => services.GetRequiredService<FakeAccess>());
        builder.Services.AddRoutingCore();
        builder.Services.AddSquadErrors();
        builder.Services.AddSquadStorage(builder.Configuration);
        builder.Services.AddSquadAuth(builder.Configuration);
        builder.Services.AddSquadGit(builder.Configuration);
        var access = new FakeAccess();
        var console = new StringWriter();
        builder.Services.AddSingleton(access);
        builder.Services.AddSingleton(new SetupConsole(console));
        var app = builder.Build();
        app.UseSquadErrors();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapAuth();
        app.MapGit();
        app.MapGet("/v1/boom", string () => throw new InvalidOperationException("a secret detail"));
        app.MapGet("/hubs/me", (HttpContext context) => context.User.User().Username).RequireAuthorization();
        app.MapGet("/ws", (HttpContext context) => context.User.User().Username).RequireAuthorization();
        app.MapGet("/{**path}", () => "the page").WithOrder(int.MaxValue);
        await app.StartAsync();
        return new SquadHost(app, directory, beside is null) { Time = time, Users = users, Access = access, Console = console };
    }

    /// <summary>A browser: keeps cookies, follows nothing.</summary>
    public HttpClient Browser() => new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }) { BaseAddress = Url };

    public async Task<RepositoryName> CreateRepositoryAsync(string name = "project", string owner = "admin")
    {
        var parsed = RepositoryName.Parse(owner, name).Value!;
        Assert.Null((await Repositories.CreateAsync(parsed)).Error);
        Access.Allow(parsed, owner);
        return parsed;
    }

    /// <summary>The address that a git client is given; with a password the user's name and it are part of it.</summary>
    public string CloneUrl(RepositoryName name, string? password = AdminPassword, string username = "admin") =>
        password is null ? $"{Url}{name}.git" : $"http://{username}:{Uri.EscapeDataString(password)}@{Url.Authority}/{name}.git";

    public async Task<string> AccessTokenAsync(string username = "admin", string password = AdminPassword)
    {
        using var browser = Browser();
        var answer = await browser.PostAsJsonAsync("/v1/auth/login", new { username, password });
        return (await JsonAsync(answer, HttpStatusCode.OK)).GetProperty("accessToken").GetString()!;
    }

    public async Task<HttpResponseMessage> GetAsync(string path, string? bearer)
    {
        using var browser = Browser();
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (bearer is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        return await browser.SendAsync(request);
    }

    /// <summary>The body, after the status was seen to be what the test says.</summary>
    public static async Task<JsonElement> JsonAsync(HttpResponseMessage answer, HttpStatusCode status)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, $"{(int)answer.StatusCode} instead of {(int)status}: {text}");
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    /// <summary>The error's code, after its status and its shape were checked.</summary>
    public static async Task<string> ErrorAsync(HttpResponseMessage answer, HttpStatusCode status)
    {
        var body = await JsonAsync(answer, status);
        Assert.Equal(["code", "message", "details", "traceId"], body.EnumerateObject().Select(p => p.Name));
        Assert.Equal(body.GetProperty("traceId").GetString(), answer.Headers.GetValues("X-Trace-Id").Single());
        Assert.NotEmpty(body.GetProperty("message").GetString()!);
        return body.GetProperty("code").GetString()!;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        await Console.DisposeAsync();
        if (_ownsDirectory)
            System.IO.Directory.Delete(Directory, recursive: true);
    }
}
