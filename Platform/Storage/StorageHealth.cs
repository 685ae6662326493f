using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Squad.Platform.Storage;

/// <summary>Says whether the database answers.</summary>
public interface IStorageHealth
{
    /// <summary>Null when the database answered a query within a few seconds; else why not, for a person. Never throws but for cancellation.</summary>
    ValueTask<string?> ProblemAsync(CancellationToken cancellation = default);
}

/// <inheritdoc cref="IStorageHealth"/>
internal sealed class StorageHealth(SquadDatabase database, TimeProvider time, ILogger<StorageHealth> logger) : IStorageHealth, IHealthCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public async ValueTask<string?> ProblemAsync(CancellationToken cancellation = default)
    {
        using var timeout = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            await using var connection = await database.OpenAsync(both.Token);
            await using var command = connection.CreateCommand();
            // A table of ours: an empty or foreign database is no more use than none.
            command.CommandText = "SELECT count(*) FROM schema_migrations";
            await command.ExecuteScalarAsync(both.Token);
            return null;
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            StorageLog.Unhealthy(logger, error);
            return timeout.IsCancellationRequested
                ? $"The database ({database.Provider}) did not answer within {Patience.TotalSeconds:0} s."
                : $"The database ({database.Provider}) does not answer: {error.Message}";
        }
    }

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        await ProblemAsync(cancellationToken) is { } problem
            ? new HealthCheckResult(context.Registration.FailureStatus, problem)
            : HealthCheckResult.Healthy();
}
