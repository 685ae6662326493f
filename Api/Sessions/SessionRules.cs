using System.Text.RegularExpressions;

namespace Squad.Api.Sessions;

/// <summary>What can be said of a request about a session without asking anybody: sizes, ranges, characters.</summary>
public static partial class SessionRules
{
    private const int TitleCharsMax = 200;
    private const int TextCharsMax = 32 * 1024; // Linux takes 128 KiB in one argument or variable; a character may be 3 bytes
    private const int ImageCharsMax = 300;
    private const int VariablesMax = 200;
    private const int EnvironmentCharsMax = 256 * 1024;
    private const int KeyCharsMax = 200;
    private const long MemoryBytesMin = 64L << 20;
    private const long MemoryBytesMax = 4L << 40;

    /// <summary>Adds all that is wrong.</summary>
    public static void Check(StartSessionRequest request, string? idempotencyKey, ICollection<FieldError> wrong)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(wrong);
        CheckText("title", "A title", request.Title, TitleCharsMax, wrong);
        CheckText("command", "A command", request.Command, TextCharsMax, wrong);
        CheckText("prompt", "A prompt", request.Prompt, TextCharsMax, wrong);
        CheckImage(request.Image, wrong);
        CheckEnvironment(request.Environment ?? [], wrong);
        CheckLimits(request.Limits, wrong);
        if (idempotencyKey is { Length: 0 or > KeyCharsMax })
            wrong.Add(new FieldError("Idempotency-Key", "length", $"An Idempotency-Key has 1 to {KeyCharsMax} characters."));
    }

    public static Result Check(ResizeRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var wrong = new List<FieldError>(2);
        if (request.Columns is < 20 or > 500)
            wrong.Add(new FieldError("columns", "range", "A terminal has 20 to 500 columns."));
        if (request.Rows is < 5 or > 200)
            wrong.Add(new FieldError("rows", "range", "A terminal has 5 to 200 rows."));
        return wrong.Count == 0 ? Result.Ok : SquadError.Invalid([.. wrong]);
    }

    private static void CheckText(string field, string what, string? text, int charsMax, ICollection<FieldError> wrong)
    {
        if (text?.Length > charsMax)
            wrong.Add(new FieldError(field, "length", $"{what} has at most {charsMax} characters."));
        // No program takes NUL in an argument, and no PostgreSQL in a text.
        if (text?.Contains('\0', StringComparison.Ordinal) == true)
            wrong.Add(new FieldError(field, "character", $"{what} cannot hold a NUL character."));
    }

    private static void CheckImage(string? image, ICollection<FieldError> wrong)
    {
        if (!string.IsNullOrWhiteSpace(image) && (image.Length > ImageCharsMax || !ImageName().IsMatch(image.Trim())))
            wrong.Add(new FieldError("image", "format", "An image is named like 'squad-session:latest' or 'registry.example/team/image@sha256:…'."));
    }

    private static void CheckEnvironment(Dictionary<string, string> environment, ICollection<FieldError> wrong)
    {
        if (environment.Count > VariablesMax || environment.Sum(v => v.Key.Length + (long)(v.Value?.Length ?? 0)) > EnvironmentCharsMax)
            wrong.Add(new FieldError("environment", "length", $"At most {VariablesMax} variables can be set, with at most {EnvironmentCharsMax} characters in all."));
        foreach (var (name, value) in environment.Take(VariablesMax))
        {
            if (!VariableName().IsMatch(name))
                wrong.Add(new FieldError($"environment.{name}", "name", "A variable's name has letters, digits and underscores, and does not begin with a digit."));
            else if (value is null || value.Length > TextCharsMax || value.Contains('\0', StringComparison.Ordinal))
                wrong.Add(new FieldError($"environment.{name}", "value", $"A variable's value is text of at most {TextCharsMax} characters without a NUL character."));
        }
    }

    private static void CheckLimits(LimitsRequest? limits, ICollection<FieldError> wrong)
    {
        if (limits is { MemoryBytes: < MemoryBytesMin or > MemoryBytesMax })
            wrong.Add(new FieldError("limits.memoryBytes", "range", $"A sandbox has {MemoryBytesMin} (64 MiB) to {MemoryBytesMax} (4 TiB) bytes of memory."));
        if (limits is { Cpus: not (null or (> 0 and <= 64)) })
            wrong.Add(new FieldError("limits.cpus", "range", "CPUs must be more than 0 and at most 64."));
        if (limits is { Pids: < 16 or > 32768 })
            wrong.Add(new FieldError("limits.pids", "range", "Processes must be 16 to 32768."));
    }

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex VariableName();

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._:/@-]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex ImageName();
}
