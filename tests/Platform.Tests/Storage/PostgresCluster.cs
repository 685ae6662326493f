using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Squad.Platform.Tests.Storage;

/// <summary>
/// A PostgreSQL server of one's own in a temporary directory, reached by a Unix socket there and by nothing else; or the one that
/// SQUAD_TEST_POSTGRES names (a connection string whose user may create databases), which is left running.
/// </summary>
public sealed class PostgresCluster : IAsyncDisposable
{
    private const int Port = 54329;
    private static readonly string[] Binaries = ["/usr/lib/postgresql/17/bin", "/usr/lib/postgresql/16/bin", "/usr/lib/postgresql/15/bin", "/usr/local/pgsql/bin"];
    private readonly string? _directory;
    private readonly string _binaries = "";
    private int _databases;

    private PostgresCluster(string server) => Server = server;

    private PostgresCluster(string binaries, string directory)
    {
        _binaries = binaries;
        _directory = directory;
        Server = string.Create(CultureInfo.InvariantCulture, $"Host={directory};Port={Port};Username=postgres;Database=postgres");
    }

    /// <summary>The connection string of its maintenance database.</summary>
    public string Server { get; }

    /// <summary>Starts one; null where PostgreSQL is not installed (Debian: package postgresql).</summary>
    public static async Task<PostgresCluster?> StartAsync()
    {
        if (Environment.GetEnvironmentVariable("SQUAD_TEST_POSTGRES") is { Length: > 0 } given)
            return new PostgresCluster(given);
        var binaries = Binaries.FirstOrDefault(directory => File.Exists(Path.Combine(directory, "initdb")));
        if (binaries is null)
            return null;
        var directory = Directory.CreateTempSubdirectory("squad-pg-").FullName;
        var cluster = new PostgresCluster(binaries, directory);
        if (Environment.IsPrivilegedProcess)
            await RunPlainAsync("chown", "postgres", directory);
        await cluster.RunAsync("initdb", "-D", cluster.Data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync");
        await cluster.RunAsync(
            "pg_ctl", "start", "-D", cluster.Data, "-w", "-l", Path.Combine(directory, "log"),
            "-o", $"-k {directory} -p {Port} -c listen_addresses='' -c max_connections=200 -c shared_buffers=64MB");
        return cluster;
    }

    private string Data => Path.Combine(_directory!, "data");

    /// <summary>Makes an empty database; its connection string.</summary>
    public async Task<string> NewDatabaseAsync()
    {
        var name = $"squad_test_{Environment.ProcessId}_{Interlocked.Increment(ref _databases)}";
        await ExecuteAsync($"CREATE DATABASE {name}");
        return new NpgsqlConnectionStringBuilder(Server) { Database = name, MaxPoolSize = 20 }.ConnectionString;
    }

    public Task DropDatabaseAsync(string connectionString) =>
        ExecuteAsync($"DROP DATABASE IF EXISTS {new NpgsqlConnectionStringBuilder(connectionString).Database} WITH (FORCE)");

    public async ValueTask DisposeAsync()
    {
        if (_directory is null)
            return;
        await RunAsync("pg_ctl", "stop", "-D", Data, "-m", "immediate", "-w");
        Directory.Delete(_directory, recursive: true);
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(Server) { Pooling = false }.ConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    // The server refuses to run as root.
    private Task RunAsync(string program, params string[] arguments) => Environment.IsPrivilegedProcess
        ? RunPlainAsync("runuser", ["-u", "postgres", "--", Path.Combine(_binaries, program), .. arguments])
        : RunPlainAsync(Path.Combine(_binaries, program), arguments);

    private static async Task RunPlainAsync(string program, params string[] arguments)
    {
        // No pipe of ours goes to it: a server that stays behind would keep it open.
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >/dev/null 2>&1", "sh", program, .. arguments])
        {
            WorkingDirectory = "/",
        })!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }
}
