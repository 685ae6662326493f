using System.Text.Json;
using System.Text.Json.Serialization;

namespace Squad.Cli;

/// <summary>What goes to the console: for people in columns, for programs as JSON.</summary>
internal static class Print
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static string Word(Enum value) => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    public static int Line(string text)
    {
        Console.WriteLine(text);
        return ExitCode.Done;
    }

    public static int Json(object? value) => Line(JsonSerializer.Serialize(value, Options));

    /// <summary>Columns as wide as they need to be; the last one ends where its text ends.</summary>
    public static void Table(string[] head, IEnumerable<string[]> rows)
    {
        var all = rows.Prepend(head).ToList();
        var widths = head.Select((_, column) => all.Max(row => row[column].Length)).ToArray();
        foreach (var row in all)
            Console.WriteLine(string.Join("  ", row.Select((text, column) => column == head.Length - 1 ? text : text.PadRight(widths[column]))));
    }

    public static int Error(SquadError error, bool json)
    {
        Console.Error.WriteLine(json ? JsonSerializer.Serialize(new { error.Code, error.Message }, Options) : $"{error.Code}: {error.Message}");
        return ExitCode.Refused;
    }
}
