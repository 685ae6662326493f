using System.Collections.Immutable;
using Orleans;

namespace Squad;

/// <summary>What kind of refusal an error is; one place maps it to HTTP (Api/Errors) and one to the hub.</summary>
[GenerateSerializer, Alias("squad.error-kind")]
public enum ErrorKind
{
    /// <summary>The thing does not exist, or the caller may not know that it does. HTTP 404.</summary>
    NotFound,

    /// <summary>The request can be read but its content is wrong; <see cref="SquadError.Fields"/> says where. HTTP 422.</summary>
    Invalid,

    /// <summary>The state of the thing forbids it now. HTTP 409.</summary>
    Conflict,

    /// <summary>The caller is not signed in. HTTP 401.</summary>
    Unauthenticated,

    /// <summary>The caller is known and may not. HTTP 403.</summary>
    Forbidden,

    /// <summary>A quota or a capacity is used up. HTTP 429.</summary>
    Exhausted,

    /// <summary>Something Squad stands on does not answer (Docker, database, disk). HTTP 503.</summary>
    Unavailable,

    /// <summary>The request is larger than what is taken. HTTP 413.</summary>
    TooLarge,

    /// <summary>The request cannot be read at all. HTTP 400.</summary>
    Malformed,
}

/// <summary>One field of a request that is wrong.</summary>
/// <param name="Field">JSON path of the field, camelCase.</param>
/// <param name="Code">Stable name of what is wrong, e.g. <c>required</c>.</param>
/// <param name="Message">What is wrong and what would be right, for a person.</param>
[GenerateSerializer, Immutable, Alias("squad.field-error")]
public sealed record FieldError([property: Id(0)] string Field, [property: Id(1)] string Code, [property: Id(2)] string Message);

/// <summary>An expected outcome that is not success. Clients match on <see cref="Code"/>; people read <see cref="Message"/>.</summary>
/// <param name="Kind">Decides the HTTP status.</param>
/// <param name="Code">Stable, dotted, e.g. <c>session.state</c>.</param>
/// <param name="Message">Names what is wrong and what would be right.</param>
[GenerateSerializer, Immutable, Alias("squad.error")]
public sealed record SquadError([property: Id(0)] ErrorKind Kind, [property: Id(1)] string Code, [property: Id(2)] string Message)
{
    /// <summary>One entry per wrong field; empty unless <see cref="ErrorKind.Invalid"/>.</summary>
    [Id(3)]
    public ImmutableArray<FieldError> Fields { get; init; } = [];

    /// <summary>Further facts for programs, e.g. <c>from</c> and <c>asked</c> of a state conflict.</summary>
    [Id(4)]
    public ImmutableDictionary<string, string> Facts { get; init; } = ImmutableDictionary<string, string>.Empty;

    public static SquadError NotFound(string code, string message) => new(ErrorKind.NotFound, code, message);

    public static SquadError Conflict(string code, string message) => new(ErrorKind.Conflict, code, message);

    public static SquadError Forbidden(string code, string message) => new(ErrorKind.Forbidden, code, message);

    public static SquadError Exhausted(string code, string message) => new(ErrorKind.Exhausted, code, message);

    public static SquadError Unavailable(string code, string message) => new(ErrorKind.Unavailable, code, message);

    public static SquadError Unauthenticated(string code, string message) => new(ErrorKind.Unauthenticated, code, message);

    /// <summary>A validation error over one or more fields.</summary>
    public static SquadError Invalid(params ReadOnlySpan<FieldError> fields) =>
        new(ErrorKind.Invalid, "validation", fields.Length == 1 ? fields[0].Message : "Some fields are not valid.") { Fields = [.. fields] };
}
