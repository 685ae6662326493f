namespace Squad.Platform.Accounts;

/// <summary>What a password must be: long enough to be worth hashing, short enough to be hashed.</summary>
public static class PasswordRules
{
    public const int LengthMin = 8;

    public const int LengthMax = 1024;

    /// <summary>What is wrong with it, or null.</summary>
    public static FieldError? Problem(string field, string? password) => password switch
    {
        null or "" => new(field, "required", "A password is required."),
        { Length: < LengthMin } => new(field, "tooShort", $"The password is too weak: it needs at least {LengthMin} characters."),
        { Length: > LengthMax } => new(field, "tooLong", $"The password has at most {LengthMax} characters."),
        _ when password.Distinct().Count() < 3 => new(field, "tooSimple", "The password is too weak: it repeats the same characters."),
        _ => null,
    };
}
