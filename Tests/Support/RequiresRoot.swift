import Glibc
public import Testing

extension Trait where Self == ConditionTrait {
    /// Skips without root, saying what could not run: `.requiresRoot(to: "mount a filesystem")`.
    public static func requiresRoot(to action: Comment) -> Self {
        .enabled(if: geteuid() == 0, "needs root to \(action)")
    }
}
