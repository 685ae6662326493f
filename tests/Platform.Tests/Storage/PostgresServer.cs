using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Squad.Platform.Tests.Storage;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace Squad.Platform.Tests.Storage;

/// <summary>
/// A PostgreSQL server for the whole run, started when first asked for: a private cluster in a temporary directory that listens on a Unix
/// socket only, or the one that SQUAD_TEST_POSTGRES names. Each test gets a database of its own.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private static readonly string[] Binaries = ["/usr/lib/postgresql/17/bin", "/usr/lib/postgresql/16/bin", "/usr/lib/postgresql/15/bin", "/usr/local/pgsql/bin"];
    private readonly SemaphoreSlim _lock = new(1, 1);
    private string? _directory;
    private string? _binaries;
    private string? _server;
    private string? _missing;
    private int _databases;

    /// <summary>Makes an empty database; its connection string. Skips the test where there is no PostgreSQL.</summary>
    public async Task<string> NewDatabaseAsync()
    {
        await _lock.WaitAsync();
        try
        {
            if (_server is null && _missing is null)
                await StartAsync();
            if (_server is null)
                Requires.Missing(_missing!);
            var name = $"squad_test_{Environment.ProcessId}_{++_databases}";
            await ExecuteAsync(_server, $"CREATE DATABASE {name}");
            return new NpgsqlConnectionStringBuilder(_server) { Database = name, MaxPoolSize = 20 }.ConnectionString;
        }
        finally
        {
            _lock.Release();
        }
    }

    public async Task DropDatabaseAsync(string connectionString)
    {
        NpgsqlConnection.ClearAllPools();
        await ExecuteAsync(_server!, $"DROP DATABASE IF EXISTS {new NpgsqlConnectionStringBuilder(connectionString).Database} WITH (FORCE)");
    }

    public async ValueTask DisposeAsync()
    {
        if (_directory is not null)
        {
            if (_server is not null)
                await RunAsync("pg_ctl", "stop", "-D", Path.Combine(_directory, "data"), "-m", "immediate", "-w");
            Directory.Delete(_directory, recursive: true);
        }
        _lock.Dispose();
    }

    private async Task StartAsync()
    {
        if (Environment.GetEnvironmentVariable("SQUAD_TEST_POSTGRES") is { Length: > 0 } given)
        {
            _server = given;
            return;
        }
        _binaries = Binaries.FirstOrDefault(directory => File.Exists(Path.Combine(directory, "initdb")));
        if (_binaries is null)
        {
            _missing = "PostgreSQL is not installed (Debian: postgresql), and SQUAD_TEST_POSTGRES does not name a server.";
            return;
        }
        _directory = Directory.CreateTempSubdirectory("squad-pg-").FullName;
        if (Environment.IsPrivilegedProcess)
            await RunPlainAsync("chown", "postgres", _directory);
        var data = Path.Combine(_directory, "data");
        const int port = 54329;
        await RunAsync("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync");
        await RunAsync(
            "pg_ctl", "start", "-D", data, "-w", "-l", Path.Combine(_directory, "log"),
            "-o", $"-k {_directory} -p {port} -c listen_addresses='' -c max_connections=200 -c shared_buffers=64MB");
        _server = string.Create(CultureInfo.InvariantCulture, $"Host={_directory};Port={port};Username=postgres;Database=postgres");
    }

    // The server refuses to run as root.
    private Task RunAsync(string program, params string[] arguments) => Environment.IsPrivilegedProcess
        ? RunPlainAsync("runuser", ["-u", "postgres", "--", Path.Combine(_binaries!, program), .. arguments])
        : RunPlainAsync(Path.Combine(_binaries!, program), arguments);

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

    private static async Task ExecuteAsync(string server, string sql)
    {
        await using var source = NpgsqlDataSource.Create(server);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
