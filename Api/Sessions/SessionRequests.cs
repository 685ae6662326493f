namespace Squad.Api.Sessions;

/// <summary>Body of <c>POST /v1/sessions</c>.</summary>
public sealed record StartSessionRequest(
    string? Repo,
    string? Title,
    string? Branch,
    string? Profile,
    string? Command,
    string? Prompt,
    Dictionary<string, string>? Environment,
    string? Image,
    LimitsRequest? Limits);

/// <summary>Limits of the sandbox; what is left out is the server's default.</summary>
public sealed record LimitsRequest(long? MemoryBytes, double? Cpus, int? Pids);

/// <summary>Body of <c>POST /v1/sessions/{id}/input</c>; Enter is pressed unless <c>enter</c> is false.</summary>
public sealed record InputRequest(string? Text, bool? Enter);

/// <summary>Body of <c>POST /v1/sessions/{id}/resize</c>.</summary>
public sealed record ResizeRequest(int Columns, int Rows);
