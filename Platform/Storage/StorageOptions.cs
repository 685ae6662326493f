using Microsoft.Extensions.Options;

namespace Squad.Platform.Storage;

/// <summary>The database that stands behind Squad.</summary>
public enum StorageProvider
{
    /// <summary>One file in the data directory, one process that writes. Nothing to install.</summary>
    Sqlite,

    /// <summary>A PostgreSQL server, for more than one machine.</summary>
    Postgres,
}

/// <summary>Section <c>Squad:Storage</c>.</summary>
public sealed class StorageOptions
{
    public const string Section = "Squad:Storage";

    /// <summary>Default: sqlite.</summary>
    public StorageProvider Provider { get; set; } = StorageProvider.Sqlite;

    /// <summary>Npgsql connection string; needed for postgres and not allowed for sqlite. Default: none.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>Everything that Squad keeps on disk lies under it; the SQLite database is <c>db/squad.db</c> in it. Default: <c>data</c>.</summary>
    public string DataDirectory { get; set; } = "data";

    /// <summary>How long a process waits for another one that migrates or writes. Default: 2 minutes.</summary>
    public TimeSpan LockTimeout { get; set; } = TimeSpan.FromMinutes(2);
}

/// <summary>Reports every wrong key of <see cref="StorageOptions"/> at once.</summary>
public sealed class StorageOptionsValidator : IValidateOptions<StorageOptions>
{
    public ValidateOptionsResult Validate(string? name, StorageOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        List<string> problems = [];
        if (!Enum.IsDefined(options.Provider))
            problems.Add($"{StorageOptions.Section}:Provider is '{options.Provider}'; it must be sqlite or postgres.");
        if (options.Provider == StorageProvider.Postgres && string.IsNullOrWhiteSpace(options.ConnectionString))
            problems.Add($"{StorageOptions.Section}:ConnectionString is empty; the postgres provider needs one, e.g. Host=localhost;Database=squad;Username=squad.");
        if (options.Provider == StorageProvider.Postgres && !IsConnectionString(options.ConnectionString))
            problems.Add($"{StorageOptions.Section}:ConnectionString cannot be read; it must be key=value pairs, e.g. Host=localhost;Database=squad;Username=squad.");
        if (options.Provider == StorageProvider.Sqlite && !string.IsNullOrWhiteSpace(options.ConnectionString))
            problems.Add($"{StorageOptions.Section}:ConnectionString is set, but the provider is sqlite, whose file lies in {StorageOptions.Section}:DataDirectory; "
                + $"remove it, or set {StorageOptions.Section}:Provider to postgres.");
        if (string.IsNullOrWhiteSpace(options.DataDirectory))
            problems.Add($"{StorageOptions.Section}:DataDirectory is empty; it must name a directory that Squad may write to.");
        if (options.LockTimeout <= TimeSpan.Zero)
            problems.Add($"{StorageOptions.Section}:LockTimeout is {options.LockTimeout}; it must be longer than zero.");
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    // The text itself may hold a password: no message repeats it.
    private static bool IsConnectionString(string? text)
    {
        try
        {
            _ = new Npgsql.NpgsqlConnectionStringBuilder(text);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
