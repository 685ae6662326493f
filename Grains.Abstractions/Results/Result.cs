using System.Diagnostics.CodeAnalysis;
using Orleans;

namespace Squad;

/// <summary>Done, or why not. The one result type of the project; exceptions are for bugs and lost infrastructure.</summary>
[GenerateSerializer, Immutable, Alias("squad.result")]
public sealed record Result([property: Id(0)] SquadError? Error)
{
    public static Result Ok { get; } = new((SquadError?)null);

    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsOk => Error is null;

    public static implicit operator Result(SquadError error) => new(error);
}

/// <summary>A value, or why there is none.</summary>
[GenerateSerializer, Immutable, Alias("squad.result`1")]
public sealed record Result<T>([property: Id(0)] T? Value, [property: Id(1)] SquadError? Error)
{
    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsOk => Error is null;

    public static implicit operator Result<T>(T value) => new(value, null);

    public static implicit operator Result<T>(SquadError error) => new(default, error);
}
