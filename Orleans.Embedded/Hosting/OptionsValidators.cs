using Microsoft.Extensions.Options;

namespace Orleans.Configuration;

internal sealed class GrainCollectionOptionsValidator : IValidateOptions<GrainCollectionOptions>
{
    public ValidateOptionsResult Validate(string? name, GrainCollectionOptions options)
    {
        var problems = new List<string>();
        if (options.CollectionQuantum <= TimeSpan.Zero)
            problems.Add($"GrainCollectionOptions.CollectionQuantum is {options.CollectionQuantum}; it must be positive.");
        Positive(options.CollectionAge, "CollectionAge", problems);
        Positive(options.ActivationTimeout, "ActivationTimeout", problems);
        Positive(options.DeactivationTimeout, "DeactivationTimeout", problems);
        foreach (var (type, age) in options.ClassSpecificCollectionAge) Positive(age, $"ClassSpecificCollectionAge[{type}]", problems);
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static void Positive(TimeSpan value, string key, List<string> problems)
    {
        if (value <= TimeSpan.Zero && value != Timeout.InfiniteTimeSpan)
            problems.Add($"GrainCollectionOptions.{key} is {value}; it must be positive or infinite.");
    }
}

internal sealed class MessagingOptionsValidator<TOptions> : IValidateOptions<TOptions> where TOptions : MessagingOptions
{
    public ValidateOptionsResult Validate(string? name, TOptions options) =>
        options.ResponseTimeout > TimeSpan.Zero || options.ResponseTimeout == Timeout.InfiniteTimeSpan
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"{typeof(TOptions).Name}.ResponseTimeout is {options.ResponseTimeout}; it must be positive or infinite.");
}

internal sealed class SchedulingOptionsValidator : IValidateOptions<SchedulingOptions>
{
    public ValidateOptionsResult Validate(string? name, SchedulingOptions options) =>
        options.TurnWarningLengthThreshold > TimeSpan.Zero || options.TurnWarningLengthThreshold == Timeout.InfiniteTimeSpan
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"SchedulingOptions.TurnWarningLengthThreshold is {options.TurnWarningLengthThreshold}; "
                + "it must be positive or infinite.");
}
