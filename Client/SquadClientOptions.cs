using Microsoft.Extensions.Options;

namespace Squad.Client;

/// <summary>Section <c>Squad:Client</c>: how a process without grains finds the silo.</summary>
public sealed class SquadClientOptions
{
    public const string Section = "Squad:Client";

    /// <summary>
    /// The silo's gateway: the path of its socket, or an address such as <c>gwy.tcp://10.0.0.1:30000/0</c> where Squad runs on Microsoft Orleans.
    /// Default: what <see cref="GatewayFile"/> in the data directory says, else <c>silo/gateway.sock</c> there.
    /// </summary>
    public string Gateway { get; set; } = "";

    /// <summary>How long a call waits for its answer, and for a silo that is away. Default: 30 seconds.</summary>
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether the host starts only when the silo is reached, and fails without one. Else it starts at once, and calls fail until the silo is there.
    /// Default: true.
    /// </summary>
    public bool WaitForSilo { get; set; } = true;

    /// <summary>Largest message in either direction, in bytes; the silo has the same limit. Default: 16 MiB.</summary>
    public int MessageBytesMax { get; set; } = 16 << 20;

    /// <summary>Where a silo's gateway is by default.</summary>
    public static string GatewayIn(string dataDirectory) => Path.Combine(Path.GetFullPath(dataDirectory), "silo", "gateway.sock");

    /// <summary>The gateway as an address: a path becomes <c>unix:///…</c>.</summary>
    internal Uri Address => Gateway.Contains("://", StringComparison.Ordinal) ? new Uri(Gateway) : new Uri($"unix://{Path.GetFullPath(Gateway)}");
}

/// <summary>All that is wrong, each with its key.</summary>
internal sealed class SquadClientOptionsValidator : IValidateOptions<SquadClientOptions>
{
    public ValidateOptionsResult Validate(string? name, SquadClientOptions options)
    {
        var problems = new List<string>();
        if (options.Gateway.Contains("://", StringComparison.Ordinal) && !Uri.IsWellFormedUriString(options.Gateway, UriKind.Absolute))
            problems.Add($"{SquadClientOptions.Section}:Gateway is '{options.Gateway}', which is neither a path nor an address.");
        if (options.ResponseTimeout <= TimeSpan.Zero)
            problems.Add($"{SquadClientOptions.Section}:ResponseTimeout is {options.ResponseTimeout}; it must be positive.");
        if (options.MessageBytesMax < 64 * 1024)
            problems.Add($"{SquadClientOptions.Section}:MessageBytesMax is {options.MessageBytesMax}; it must be at least 65536.");
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
