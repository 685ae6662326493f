using System.Globalization;
using Squad.Keeper.Events;

namespace Squad.Keeper;

/// <summary>Keeper's command line and environment.</summary>
internal sealed record KeeperOptions
{
    public const string Usage =
        """
        usage: keeper [--dir DIR] [--stdio] [--journal-bytes N] [--linger-ms N]
          --dir DIR          directory shared with the node (default: /run/squad)
          --stdio            events on standard output, commands on standard input, no socket
          --journal-bytes N  unacknowledged bytes at which the engine has to wait (default: 268435456)
          --linger-ms N      how long Keeper stays, after the last event, for the next acknowledgement (default: 2000)
        environment: SQUAD_STDOUT=all|lifecycle|none, what is printed without --stdio (default: lifecycle)
        """;

    /// <summary>Default: <c>/run/squad</c>.</summary>
    public string Directory { get; init; } = "/run/squad";

    /// <summary>Default: false.</summary>
    public bool Stdio { get; init; }

    /// <summary>Default: 256 MiB.</summary>
    public long JournalBytes { get; init; } = 256 << 20;

    /// <summary>Default: 2 s.</summary>
    public long LingerMs { get; init; } = 2_000;

    public PrintedEvents Printed { get; init; } = PrintedEvents.Lifecycle;

    /// <summary>Reads them; the error says what is wrong.</summary>
    public static (KeeperOptions? Options, string? Error) Read(string[] arguments, Func<string, string?> environment)
    {
        var options = new KeeperOptions
        {
            Printed = environment("SQUAD_STDOUT") switch { "all" => PrintedEvents.All, "none" => PrintedEvents.None, _ => PrintedEvents.Lifecycle },
        };
        for (var i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == "--stdio")
            {
                options = options with { Stdio = true, Printed = PrintedEvents.None };
                continue;
            }
            if (i + 1 == arguments.Length)
                return (null, $"{arguments[i]} is not known, or its value is missing.");
            var name = arguments[i];
            var value = arguments[++i];
            long number = 0;
            if (name is "--journal-bytes" or "--linger-ms" && !long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out number))
                return (null, $"{name} {value} is not a number.");
            switch (name)
            {
                case "--dir":
                    options = options with { Directory = Path.GetFullPath(value) };
                    break;
                case "--journal-bytes":
                    options = options with { JournalBytes = number };
                    break;
                case "--linger-ms":
                    options = options with { LingerMs = number };
                    break;
                default:
                    return (null, $"{name} is not known.");
            }
        }
        return (options, null);
    }
}
