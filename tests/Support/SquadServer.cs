using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Squad.Tests.Support;

/// <summary>
/// The real server as its own process, on a free port of the loopback address with a data directory of its own, that tests may kill and start again.
/// </summary>
public sealed class SquadServer : IAsyncDisposable
{
    public const string AdminPassword = "correct horse battery";
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);

    private readonly Dictionary<string, string?> settings;
    private readonly int port = FreePort();
    private readonly List<string> output = [];
    private readonly bool ownsData = true;
    private Process? process;
    private int began;

    private SquadServer(SquadServer other, string roles)
    {
        Data = other.Data;
        ownsData = false;
        settings = new Dictionary<string, string?>(other.settings) { ["SQUAD_URLS"] = Url.ToString(), ["Squad__Roles"] = roles };
    }

    private SquadServer(string engine, IReadOnlyDictionary<string, string?>? more, string? data)
    {
        Data = data ?? Directory.CreateTempSubdirectory("squad-e2e-").FullName;
        var gateway = FreePort();
        settings = new Dictionary<string, string?>
        {
            ["SQUAD_URLS"] = Url.ToString(),
            ["SQUAD_DATA"] = Data,
            ["SQUAD_ADMIN_PASSWORD"] = AdminPassword,
            ["Squad__Sandbox__Engine"] = engine,
            ["Squad__Node__Name"] = Path.GetFileName(Data),
            ["Squad__Node__SandboxesMax"] = "8",
            ["Squad__Cluster__SiloPort"] = $"{FreePort()}",
            ["Squad__Cluster__GatewayPort"] = $"{gateway}",
            // The embedded runtime has a socket in the data directory for it.
            ["Squad__Client__Gateway"] = Checkout.IsOnOrleansPackages ? $"gwy.tcp://127.0.0.1:{gateway}/0" : null,
        };
        foreach (var (key, value) in more ?? new Dictionary<string, string?>())
            settings[key] = value;
    }

    public string Data { get; }

    public Uri Url => new($"http://127.0.0.1:{port}");

    public int ProcessId => process!.Id;

    /// <summary>Where other silos reach it, on Microsoft Orleans.</summary>
    public int SiloPort => int.Parse(settings["Squad__Cluster__SiloPort"]!, CultureInfo.InvariantCulture);

    /// <summary>A silo alone has no port: it is ready when others can reach it.</summary>
    private bool IsSiloAlone => settings.GetValueOrDefault("Squad__Roles") == "silo";

    /// <summary>What the server has printed so far.</summary>
    public string Log
    {
        get
        {
            lock (output)
                return string.Join('\n', output);
        }
    }

    /// <param name="engine"><c>docker</c> or <c>process</c>.</param>
    /// <param name="more">Further settings, as environment variables; null takes one away.</param>
    /// <param name="data">An empty directory to keep everything in; it is deleted at the end. Default: a temporary one.</param>
    public static async Task<SquadServer> StartAsync(string engine, IReadOnlyDictionary<string, string?>? more = null, string? data = null)
    {
        var server = new SquadServer(engine, more, data);
        await server.StartAsync();
        return server;
    }

    /// <summary>Starts another process on the same data directory, with roles of its own, and waits until it is ready unless told otherwise.</summary>
    public async Task<SquadServer> StartBesideAsync(string roles, bool ready = true)
    {
        var beside = new SquadServer(this, roles);
        if (ready)
            await beside.StartAsync();
        else
            beside.Begin();
        return beside;
    }

    /// <summary>Waits for the process to end by itself.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> EndedAsync()
    {
        using var patience = new CancellationTokenSource(StartPatience);
        await process!.WaitForExitAsync(patience.Token);
        return process.ExitCode;
    }

    /// <summary>Starts the process and waits until it is ready.</summary>
    public async Task StartAsync()
    {
        Begin();
        using var http = new HttpClient { BaseAddress = Url };
        await Eventually.Async("the server is ready", StartPatience, async () =>
        {
            if (process!.HasExited)
            {
                await process.WaitForExitAsync(); // its last words are read by then
                throw new InvalidOperationException($"The server ended with code {process.ExitCode}:\n{Log}");
            }

            if (IsSiloAlone)
                return HasSaid("Application started.");
            try
            {
                return (await http.GetAsync("/health/ready")).IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
    }

    /// <summary>kill -9: no goodbye.</summary>
    public async Task KillAsync()
    {
        process!.Kill(entireProcessTree: false);
        await process.WaitForExitAsync();
    }

    public async Task RestartAsync()
    {
        await KillAsync();
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (process is { HasExited: false })
            await KillAsync();
        process?.Dispose();
        if (!ownsData)
            return;
        foreach (var pid in Sandboxes.ProcessesUnder(Data))
            Process.GetProcessById(pid).Kill();
        await Sandboxes.RemoveContainersAsync(settings["Squad__Node__Name"]!);
        try
        {
            Directory.Delete(Data, recursive: true);
        }
        catch (IOException)
        {
            // A process that was just killed may still be letting go of a file; the directory is temporary.
        }
    }

    private static string Program { get; } = Path.Combine(Checkout.Root, "Silo", Checkout.Output, "Squad.Silo");

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void Begin()
    {
        lock (output)
            began = output.Count;
        var start = new ProcessStartInfo(Program) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Data };
        foreach (var (key, value) in settings)
            start.Environment[key] = value;
        process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Whether this life of the process has printed that.</summary>
    private bool HasSaid(string text)
    {
        lock (output)
            return output.Skip(began).Any(line => line.Contains(text, StringComparison.Ordinal));
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        lock (output)
            output.Add(line);
    }
}
